/** Weights from a file into the variables of a model, piece by piece: neither a file nor a tensor is in memory as a whole. */
import { UserError } from "../../data/errors.ts";
import { describeKeys } from "../../data/tensors/prefix.ts";
import type { TensorSource } from "../../data/tensors/source.ts";
import { asFloat32, asInt32, elementCount } from "../../data/tensors/tensor.ts";
import { GraphError } from "../../graph/index.ts";
import type { Store } from "../../kernels/index.ts";
import { type MatchOptions, type Params, stateDict, stateProblems, type Variable } from "../../models/index.ts";
import { matchPrefixed, type PrefixedMatch } from "./match.ts";

/** Elements that are read and written at a time: 16 MiB of f32. */
const PART = 2 ** 22;

export interface LoadOptions extends MatchOptions {
  /**
   * Default: true, a file that does not fit the model exactly is refused and nothing is loaded. Otherwise what fits is loaded, and
   * the rest of the model has its initial values.
   */
  readonly strict?: boolean;
  /** Told after each piece: elements loaded, of how many. */
  readonly progress?: (done: number, total: number) => void;
}

/** At most so many lines of a report fit into one message. */
const MOST_LINES = 4;

function refuse(match: PrefixedMatch, source: TensorSource): never {
  const lines = (stateProblems(match) ?? "").split("\n");
  const more = lines.length > MOST_LINES ? `; and ${lines.length - MOST_LINES} more` : "";
  const below = match.prefix ? ` (keys below "${match.prefix}")` : "";
  const holds = match.copies.length === 0 ? `; the file holds ${describeKeys(source)}` : "";
  throw new UserError(
    `${source.where}: these weights are not of this model${below}: ${lines.slice(0, MOST_LINES).join("; ")}${more}${holds}`,
  );
}

/**
 * Loads a model's parameters and buffers (those under `p`, by PyTorch's keys) into a store, which may be new, before or after programs are
 * compiled on it. Any element type is converted to what the device holds. A prefix before all keys (`module.`, `_orig_mod.`, `state_dict.`, any
 * other) is taken off, unless `rename` says what keys mean. -> what was loaded, missing, unexpected and mis-shaped, and the prefix.
 * A file that does not fit (if strict), of which nothing fits, or that is damaged: UserError.
 */
export async function loadWeights(p: Params, source: TensorSource, store: Store, options: LoadOptions = {}): Promise<PrefixedMatch> {
  const { strict = true, progress } = options;
  const match = lay(p, source, options);
  if (strict && stateProblems(match) !== null) refuse(match, source);
  if (match.copies.length === 0) refuse(match, source);
  const variables = new Map(p.all().map((node) => [node.attrs.path, node]));
  const loaded = new Set(match.copies.map(({ path }) => path));
  for (const [path, node] of variables) store.ensure(node, { fill: !loaded.has(path) });
  const sizeOf = (name: string): number => elementCount(source.entries.get(name)?.shape ?? []) ?? 0;
  const total = match.copies.reduce((sum, { source: name }) => sum + sizeOf(name), 0);
  let done = 0;
  let waiting = 0;
  for (const { source: name, path } of match.copies) {
    const { dtype } = variables.get(path) as Variable;
    for (let first = 0, size = sizeOf(name); first < size; first += PART) {
      const part = await source.read(name, first, Math.min(PART, size - first));
      store.writePart(path, first, dtype === "i32" ? asInt32(part, `${source.where}: ${name}`) : asFloat32(part));
      done += part.data.length;
      // What was written stays in the driver's memory, too, until the device has it.
      waiting += part.data.length;
      if (waiting >= PART) {
        await store.written();
        waiting = 0;
      }
      progress?.(done, total);
    }
  }
  await store.written();
  return match;
}

/** The report; names that make no sense are the caller's or the file's. */
function lay(p: Params, source: TensorSource, options: MatchOptions): PrefixedMatch {
  try {
    return matchPrefixed(stateDict(p), source.entries, options);
  } catch (error) {
    if (error instanceof GraphError) throw new UserError(`${source.where}: ${error.message}`);
    throw error;
  }
}
