/** Seven facial expressions, the network of face-api (https://github.com/vladmandic/face-api, src/faceExpressionNet). */
import type { Node } from "../../graph/index.ts";
import { pooledLinear, type Backbone, type BackboneOptions } from "../backbones/backbone.ts";
import type { Params } from "../params.ts";
import { denseBlocks } from "./dense-blocks.ts";

/** The classes, in order. */
export const EXPRESSIONS = ["neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised"] as const;

/**
 * [N, 3, 112, 112] as `FACE_INPUT` says -> features [N, 256, 7, 7], logits [N, 7]; softmax gives the probabilities of `EXPRESSIONS`.
 * Its head is a CAM head. It has no batch norm. Taps: dense0 to dense3, dense3.conv1 and so on, avgpool, fc.
 */
export function faceExpression(p: Params, x: Node, options: Pick<BackboneOptions, "classes" | "dropout" | "training"> = {}): Backbone {
  const features = denseBlocks(p, x, { blocks: 4, layers: 4 });
  return { features, ...pooledLinear(p, features, { classes: EXPRESSIONS.length, ...options, linear: p.at("fc") }) };
}
