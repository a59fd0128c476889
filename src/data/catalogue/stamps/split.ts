/** Who is trained on, validated on and tested on: whole individuals, and photographs of their own. */

import { UserError } from "../../errors.ts";
import type { Random } from "../../random.ts";

export const SPLITS = ["train", "validation", "test"] as const;
export type StampSplit = (typeof SPLITS)[number];

/** A share of things for each split. */
export type Shares<T> = Readonly<Record<StampSplit, readonly T[]>>;

/** Of the individuals; what is left is trained on. */
const VALIDATION = 0.2;
const TEST = 0.25;

/**
 * Shares out things so that those with one `key` stay together: a quarter of the keys to test, a fifth to validation, at least one to each.
 * Fewer than three keys: UserError that begins with `what`.
 */
export function shareOut<T>(things: readonly T[], key: (thing: T) => string, random: Random, what: string): Shares<T> {
  const keys = random.shuffle([...new Set(things.map(key))]);
  if (keys.length < 3) throw new UserError(`${what}: ${keys.length} of it here; three are needed, one for each of ${SPLITS.join(", ")}`);
  const test = Math.max(1, Math.round(keys.length * TEST));
  const validation = Math.max(1, Math.round(keys.length * VALIDATION));
  const having = (from: number, to: number): T[] => {
    const chosen = new Set(keys.slice(from, to));
    return things.filter((thing) => chosen.has(key(thing)));
  };
  return { test: having(0, test), validation: having(test, test + validation), train: having(test + validation, keys.length) };
}

/** Deals things out to the classes in turn, in random order: class i gets every n-th. Fewer things than classes: UserError. */
export function dealOut<T>(
  things: readonly T[],
  classes: readonly string[],
  random: Random,
  what: string,
): ReadonlyMap<string, readonly T[]> {
  if (things.length < classes.length)
    throw new UserError(`${what}: ${things.length} of them are too few for ${classes.length} kinds with backgrounds of their own`);
  const order = random.shuffle([...things]);
  return new Map(classes.map((name, i) => [name, order.filter((_, j) => j % classes.length === i)]));
}
