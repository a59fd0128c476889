/** The pretrained face networks that the npm package @vladmandic/face-api brings (MIT licence), under PyTorch's keys and layouts. */

import { createRequire } from "node:module";
import * as path from "node:path";
import { UserError } from "../errors.ts";
import type { Tensors } from "../tensors/safetensors.ts";
import { fromTensorFlow } from "../tensors/tensorflow.ts";
import { readManifest } from "./manifest.ts";

/** The manifest of each network, without `_model-weights_manifest.json`. */
const FILES = {
  expression: "face_expression",
  recognition: "face_recognition",
  landmarks: "face_landmark_68",
  "tiny-landmarks": "face_landmark_68_tiny",
  "tiny-detector": "tiny_face_detector",
  detector: "ssd_mobilenetv1",
} as const;

/** Numbers that only the TensorFlow graph used, which the detector was taken from: shapes, axes, preprocessing. */
const LEFT_OVER = /^(Pre|Post)processor\/|\/(stack|stack_1|strided_slice)\/|^concat_1\//;

export type FaceNetwork = keyof typeof FILES;

/** Where the package lies, with its sample pictures in `demo`. Not installed: UserError. */
export function faceDirectory(): string {
  try {
    return path.dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json"));
  } catch {
    throw new UserError("the pretrained face networks are not installed: run `npm install @vladmandic/face-api`, or name a weights file");
  }
}

/** The weights of a face network (src/models/face) under the keys of its graph. */
export function loadFaceWeights(network: FaceNetwork): Tensors {
  const file = path.join(faceDirectory(), "model", `${FILES[network]}_model-weights_manifest.json`);
  const tensors = Object.entries(readManifest(file)).filter(([name]) => !LEFT_OVER.test(name));
  return fromTensorFlow(Object.fromEntries(tensors), file);
}
