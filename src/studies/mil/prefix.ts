/** How a verdict comes about: as instances arrive, without each of them, and for each alone. Every question is one more bag. */

import { judgeBags, type JudgeOptions } from "./judge.ts";
import type { Pixels } from "./recipe.ts";
import type { Session } from "./session.ts";

/** For each bag, the scores of its first instance, its first two, ..., all of them. */
export async function prefixScores(
  session: Session,
  bags: readonly (readonly number[])[],
  pixels: Pixels,
  options: JudgeOptions = {},
): Promise<number[][]> {
  const prefixes = bags.flatMap((bag) => bag.map((_, i) => bag.slice(0, i + 1)));
  const scores = await judgeBags(session, prefixes, pixels, options);
  let at = 0;
  return bags.map((bag) => {
    at += bag.length;
    return scores.slice(at - bag.length, at);
  });
}

export interface InstanceScores {
  /** The score of the set of this instance alone. */
  readonly alone: number;
  /** The score of the bag without it; null where nothing would be left. */
  readonly without: number | null;
}

/** The bag's score, and what each of its instances does to it. */
export async function explainBag(
  session: Session,
  bag: readonly number[],
  pixels: Pixels,
  options: JudgeOptions = {},
): Promise<{ score: number; prefixes: number[]; instances: InstanceScores[] }> {
  const single = bag.map((image) => [image]);
  const without = bag.length > 1 ? bag.map((_, i) => [...bag.slice(0, i), ...bag.slice(i + 1)]) : [];
  const prefixes = bag.map((_, i) => bag.slice(0, i + 1));
  const scores = await judgeBags(session, [...prefixes, ...single, ...without], pixels, options);
  const n = bag.length;
  const instances = bag.map((_, i) => ({ alone: scores[n + i], without: bag.length > 1 ? scores[2 * n + i] : null }));
  return { score: scores[n - 1], prefixes: scores.slice(0, n), instances };
}
