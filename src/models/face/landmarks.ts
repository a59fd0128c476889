/** 68 points of a face, the networks of face-api (https://github.com/vladmandic/face-api, src/faceLandmarkNet). */
import type { Node } from "../../graph/index.ts";
import { pooledLinear, variantOf, type Backbone } from "../backbones/backbone.ts";
import type { Params } from "../params.ts";
import { denseBlocks } from "./dense-blocks.ts";

export const LANDMARKS = 68;

export const FACE_LANDMARKS = {
  landmarks: { blocks: 4, layers: 4 },
  "tiny-landmarks": { blocks: 3, layers: 3 },
};

/**
 * [N, 3, 112, 112] as `FACE_INPUT` says -> logits [N, 136]: x and y of each point (17 of the jaw, 2 x 5 eyebrows, 9 nose, 2 x 6 eyes,
 * 20 mouth) as parts of the square input's side; `placeLandmarks` puts them on the picture.
 */
export function faceLandmarks(
  p: Params,
  x: Node,
  { variant = "landmarks" }: { readonly variant?: keyof typeof FACE_LANDMARKS } = {},
): Backbone {
  const features = denseBlocks(p, x, variantOf(FACE_LANDMARKS, variant));
  return { features, ...pooledLinear(p, features, { classes: 2 * LANDMARKS, linear: p.at("fc") }) };
}
