/** A file's keys and a model's, where the file's have a common prefix. */
import { prefixOf } from "../../data/tensors/prefix.ts";
import type { TensorSource } from "../../data/tensors/source.ts";
import { type MatchOptions, matchState, type StateEntry, type StateMatch } from "../../models/index.ts";

export interface PrefixedMatch extends StateMatch {
  /** What was removed from the file's keys, such as "module."; "" if nothing had to be. */
  readonly prefix: string;
}

/** `matchState` of the keys below the prefix that most of them have; other keys are unexpected. Sources keep the file's names. */
export function matchPrefixed(entries: readonly StateEntry[], found: TensorSource["entries"], options: MatchOptions = {}): PrefixedMatch {
  if (options.rename) return { ...matchState(entries, found, options), prefix: "" };
  const prefix = prefixOf(
    entries.map(({ key }) => key),
    found.keys(),
  );
  const match = matchState(entries, found, { rename: (key) => (key.startsWith(prefix) ? key.slice(prefix.length) : null) });
  const others = [...found.keys()].filter((key) => !key.startsWith(prefix));
  return { ...match, unexpected: [...match.unexpected, ...others], prefix };
}
