/** How a set classifier learns: its loss and optimizer, and bags as the data set that `fit` takes. */

import { type DataSet, dataSet, type Fields } from "../../data/index.ts";
import { add, floor, greater, maximum, type Node, notEqual, select } from "../../graph/index.ts";
import { adam, bceWithLogits, type LearningRate, mse, schedules } from "../../models/index.ts";
import { type BatchNodes, type Keep, supervised } from "../../training/index.ts";
import type { Bag } from "./bags.ts";
import type { MilConfig } from "./config.ts";
import { scoreBags } from "./model.ts";
import { TASKS } from "./tasks.ts";

/** The epoch whose weights are tested: of the least sum of validation loss and error, as the authors choose; of equals, the first. */
export const MIL_KEEP: Keep = { metric: "validation loss + error", best: "smallest" };

/** Adam (PyTorch's, L2) on cross entropy of the logit, or squared error of the count. */
export function setClassifier(config: MilConfig) {
  const { kind } = TASKS[config.task];
  const loss = (score: Node, { label }: BatchNodes): Node =>
    (kind === "classify" ? bceWithLogits : mse)(score, label, { reduction: "none" });
  const error = (score: Node, { label }: BatchNodes): Node => select(notEqual(decided(kind, score), label), 1, 0);
  return supervised({
    model: (p, { pixels, index, lengths }, training) => scoreBags(p, { pixels, index, lengths }, config, training),
    loss,
    metrics: { error, "loss + error": (score, batch) => add(loss(score, batch), error(score, batch)) },
    optimizer: adam({ lr: learningRateOf(config), weightDecay: config.weightDecay }),
  });
}

/** The label that a score means, as `decide` in tasks.ts. [B] -> f32 [B] */
const decided = (kind: "classify" | "count", score: Node): Node =>
  kind === "classify" ? select(greater(score, 0), 1, 0) : maximum(floor(add(score, 0.5)), 0);

/** cosine: rises over the first tenth of the steps, then falls to 0. */
export function learningRateOf({ schedule, learningRate: lr }: Pick<MilConfig, "schedule" | "learningRate">): LearningRate {
  if (schedule === "constant") return lr;
  return (step, steps) => {
    const rise = Math.max(1, Math.round(0.1 * steps));
    return schedules.warmUp(schedules.cosine({ lr, steps: Math.max(1, steps - rise) }), { steps: rise, from: 1 / rise })(step);
  };
}

const SIDE = 28;
/** Of a bag: pixels in 0..255, 255 = ink. */
export const BAG_FIELDS: Fields = {
  pixels: { shape: [1, SIDE, SIDE], dtype: "f32", bag: true },
  label: { shape: [], dtype: "f32" },
};

/** One instance's picture: u8, 28 * 28, 255 = ink. */
export type Pixels = (image: number) => Uint8Array;

/** Reads a picture out of a file of them. */
export const pixelsOf =
  (file: { readonly images: Uint8Array; readonly height: number; readonly width: number }): Pixels =>
  (image) =>
    file.images.subarray(image * file.height * file.width, (image + 1) * file.height * file.width);

/** Pictures one after another: f32 [places, 1, 28, 28], zeros behind the last. */
export function stackPictures(images: readonly number[], pixels: Pixels, places = images.length): Float32Array {
  const stacked = new Float32Array(places * SIDE * SIDE);
  for (const [i, image] of images.entries()) stacked.set(pixels(image), i * SIDE * SIDE);
  return stacked;
}

/** Bags with the fields of `BAG_FIELDS`. */
export const bagSet = (bags: readonly Pick<Bag, "images" | "label">[], pixels: Pixels): DataSet =>
  dataSet({
    size: bags.length,
    fields: BAG_FIELDS,
    lengths: bags.map(({ images }) => images.length),
    where: (i) => `bag ${i}`,
    get: (i) => ({ pixels: stackPictures(bags[i].images, pixels), label: Float32Array.of(bags[i].label) }),
  });
