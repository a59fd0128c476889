/** Where the faces of a picture are, as the expression network wants to be given them: detector, landmarks, box (face-api's way). */
import type { Picture } from "../../data/pictures/picture.ts";
import type { Rectangle } from "../../data/pictures/rectangle.ts";
import { squareInput } from "../../data/pictures/square.ts";
import type { Tensors } from "../../data/tensors/safetensors.ts";
import { tensorSource } from "../../data/tensors/source.ts";
import { input, type Node } from "../../graph/index.ts";
import { compile, type Program } from "../../kernels/index.ts";
import {
  createParams,
  DETECTOR_INPUT,
  FACE_INPUT,
  type FaceInput,
  faceLandmarks,
  type Params,
  tinyFaceDetector,
} from "../../models/index.ts";
import type { Device } from "../../runtime/index.ts";
import { loadTensors } from "../fit.ts";
import { decodeFaces, expressionBox, pixelBox, placeLandmarks } from "./geometry.ts";

export interface FaceWeights {
  /** Of `tinyFaceDetector`. */
  readonly detector: Tensors;
  /** Of `faceLandmarks`. */
  readonly landmarks: Tensors;
}

export interface FaceFinder {
  /** The boxes of faces in whole pixels inside the picture, largest first. */
  find(picture: Picture): Promise<Rectangle[]>;
  dispose(): void;
}

export async function createFaceFinder(device: Device, weights: FaceWeights): Promise<FaceFinder> {
  const detector = await open(device, "face detector", DETECTOR_INPUT, tinyFaceDetector, weights.detector);
  const landmarks = await open(device, "landmarks", FACE_INPUT, (p, x) => faceLandmarks(p, x).logits, weights.landmarks);
  return {
    async find(picture) {
      const faces = decodeFaces(await detector.ask(picture), picture, { size: DETECTOR_INPUT.size });
      const boxes: Rectangle[] = [];
      for (const { box } of faces) {
        const part = pixelBox(box, picture);
        if (part.width < 8 || part.height < 8) continue;
        const points = placeLandmarks(await landmarks.ask(picture, part), box, part);
        const face = pixelBox(expressionBox(points), picture);
        if (face.width >= 8 && face.height >= 8) boxes.push(face);
      }
      return boxes.sort((a, b) => b.width * b.height - a.width * a.height);
    },
    dispose() {
      detector.dispose();
      landmarks.dispose();
    },
  };
}

async function open(device: Device, name: string, square: FaceInput, build: (p: Params, x: Node) => Node, tensors: Tensors) {
  const p = createParams();
  const output = build(p, input("x", [1, 3, square.size, square.size]));
  const store = await loadTensors(device, p, tensorSource(tensors, name));
  const program: Program = await compile(device, { name, outputs: { output }, store });
  return {
    ask: async (picture: Picture, box?: Rectangle) => (await program.call({ x: squareInput(picture, { ...square, box }) })).output,
    dispose() {
      program.dispose();
      store.dispose();
    },
  };
}
