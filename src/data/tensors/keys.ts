/** Comparing the tensors that a model wants with those that a file holds. */

import { UserError } from "../errors.ts";

interface Shaped {
  readonly shape: readonly number[];
}

export interface KeyDifference {
  /** Wanted, but not in the file. */
  readonly missing: readonly string[];
  /** In the file, but not wanted. */
  readonly unexpected: readonly string[];
  readonly misshaped: readonly { readonly key: string; readonly expected: readonly number[]; readonly found: readonly number[] }[];
}

/** What differs between the keys and shapes that are expected and those that were found. */
export function diffKeys(expected: Readonly<Record<string, Shaped>>, found: Readonly<Record<string, Shaped>>): KeyDifference {
  const missing = Object.keys(expected).filter((key) => !Object.hasOwn(found, key));
  const unexpected = Object.keys(found).filter((key) => !Object.hasOwn(expected, key));
  const misshaped = Object.keys(expected)
    .filter((key) => Object.hasOwn(found, key) && expected[key].shape.join() !== found[key].shape.join())
    .map((key) => ({ key, expected: expected[key].shape, found: found[key].shape }));
  return { missing, unexpected, misshaped };
}

/** At most four items, and how many more. */
function list(items: readonly string[]): string {
  return items.slice(0, 4).join(", ") + (items.length > 4 ? ` and ${items.length - 4} more` : "");
}

/** The difference in one line; empty if there is none. */
export function describeDifference({ missing, unexpected, misshaped }: KeyDifference): string {
  const parts: string[] = [];
  if (missing.length > 0) parts.push(`missing ${list(missing)}`);
  if (unexpected.length > 0) parts.push(`unexpected ${list(unexpected)}`);
  const shapes = misshaped.map(({ key, expected, found }) => `${key} is [${found.join(", ")}], expected [${expected.join(", ")}]`);
  if (shapes.length > 0) parts.push(`other shapes: ${list(shapes)}`);
  return parts.join("; ");
}

/** UserError unless `found` holds exactly the keys and shapes of `expected`. `where` names the file. */
export function requireKeys(expected: Readonly<Record<string, Shaped>>, found: Readonly<Record<string, Shaped>>, where: string): void {
  const difference = describeDifference(diffKeys(expected, found));
  if (difference !== "") throw new UserError(`${where}: weights of another architecture: ${difference}`);
}
