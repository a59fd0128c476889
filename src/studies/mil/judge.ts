/** A model's score of every bag. Each picture is described once, even if several bags hold it; bags of similar length share a step. */

import { throwIfInterrupted } from "../../training/errors.ts";
import { type Pixels, stackPictures } from "./recipe.ts";
import type { Session } from "./session.ts";

export interface JudgeOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of bags that are done. */
  readonly progress?: (done: number) => void;
}

/** Bags whose features are in memory at a time. */
const CHUNK = 512;

/** Features of pictures, [features] each, in their order. */
async function describe(
  session: Session,
  images: readonly number[],
  pixels: Pixels,
  signal?: AbortSignal,
): Promise<Map<number, Float32Array>> {
  const { program, instances } = await session.describing();
  const { features: width } = session.config;
  const described = new Map<number, Float32Array>();
  for (let at = 0; at < images.length; at += instances) {
    if (signal) throwIfInterrupted(signal);
    const some = images.slice(at, at + instances);
    const { features } = await program.call({ pixels: stackPictures(some, pixels, instances) });
    for (const [i, image] of some.entries()) described.set(image, Float32Array.from(features.subarray(i * width, (i + 1) * width)));
  }
  return described;
}

/** Scores of bags of described instances; bags of one rounded length share steps. */
async function score(session: Session, bags: readonly (readonly Float32Array[])[], signal?: AbortSignal): Promise<Float64Array> {
  const scores = new Float64Array(bags.length);
  const order = bags.map((_, i) => i).sort((a, b) => bags[a].length - bags[b].length || a - b);
  const { features: width } = session.config;
  for (let at = 0; at < order.length; ) {
    if (signal) throwIfInterrupted(signal);
    const { program, bags: places, length } = await session.scoring(bags[order[at]].length);
    const some = order.slice(at, at + places).filter((bag) => bags[bag].length <= length);
    const features = new Float32Array(places * length * width);
    const lengths = new Int32Array(places);
    for (const [place, bag] of some.entries()) {
      lengths[place] = bags[bag].length;
      for (const [l, instance] of bags[bag].entries()) features.set(instance, (place * length + l) * width);
    }
    const { score: found } = await program.call({ features, lengths });
    for (const [place, bag] of some.entries()) scores[bag] = found[place];
    at += some.length;
  }
  return scores;
}

/** Scores of bags of images, in their order: logits, or counts. */
export async function judgeBags(
  session: Session,
  bags: readonly (readonly number[])[],
  pixels: Pixels,
  { signal, progress }: JudgeOptions = {},
): Promise<number[]> {
  const scores: number[] = [];
  for (let at = 0; at < bags.length; at += CHUNK) {
    const some = bags.slice(at, at + CHUNK);
    const described = await describe(session, [...new Set(some.flat())], pixels, signal);
    const instances = some.map((bag) => bag.map((image) => described.get(image)!));
    scores.push(...(await score(session, instances, signal)));
    progress?.(scores.length);
  }
  return scores;
}
