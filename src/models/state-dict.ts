/**
 * The names under which a model's state is kept in files: those of PyTorch's `state_dict`. Pure bookkeeping; reading and writing files
 * is for others. Optimizer slots are not part of it.
 */
import { GraphError, type Shape } from "../graph/index.ts";
import type { Params } from "./params.ts";

export interface StateEntry {
  /** The file's key. */
  readonly key: string;
  /** The variable's path in the store; another one than the key where keys are tied. */
  readonly path: string;
  readonly shape: Shape;
  /** In the file. An I64 is an i32 variable on the device (`num_batches_tracked`). */
  readonly dtype: "F32" | "I64";
}

/** Every key of the model, parameters and buffers, in order of creation; tied keys last. */
export function stateDict(p: Params): StateEntry[] {
  const own = p.all().filter(({ attrs }) => attrs.role !== "slot");
  const entry = (key: string, { attrs }: (typeof own)[number]): StateEntry => ({
    key,
    path: attrs.path,
    shape: attrs.shape,
    dtype: attrs.dtype === "i32" ? "I64" : "F32",
  });
  const byPath = new Map(own.map((node) => [node.attrs.path, node]));
  const tied = p.aliases().flatMap(([key, path]) => {
    const node = byPath.get(path);
    return node ? [entry(key, node)] : [];
  });
  return [...own.map((node) => entry(node.attrs.path, node)), ...tied];
}

export interface StateMatch {
  /** What to copy: the tensor `source` of the file into the variable at `path`. */
  readonly copies: readonly { readonly source: string; readonly path: string }[];
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshapen: readonly { readonly key: string; readonly expected: Shape; readonly found: Shape }[];
}

export interface MatchOptions {
  /** The model's key for a key of the file, or null for a tensor to pass over. Default: the same key. */
  readonly rename?: (key: string) => string | null;
}

/** Files from before PyTorch 0.4.1 do not count batches; PyTorch takes them, too. */
const mayBeMissing = (key: string): boolean => key === "num_batches_tracked" || key.endsWith(".num_batches_tracked");

/**
 * Matches a file's tensors with the model's keys. Of tied keys one in the file is enough. Two keys of a file that are renamed to the
 * same one are a GraphError. Counters of batches may be missing.
 */
export function matchState(
  entries: readonly StateEntry[],
  file: ReadonlyMap<string, { readonly shape: Shape }>,
  options: MatchOptions = {},
): StateMatch {
  const { rename = (key: string) => key } = options;
  const sources = new Map<string, string>();
  for (const source of file.keys()) {
    const key = rename(source);
    if (key === null) continue;
    if (sources.has(key)) throw new GraphError(`"${source}" and "${sources.get(key)}" of the file are both meant for "${key}"`);
    sources.set(key, source);
  }
  const copies: { source: string; path: string }[] = [];
  const missing: string[] = [];
  const misshapen: StateMatch["misshapen"][number][] = [];
  const known = new Set(entries.map(({ key }) => key));
  const found = new Set(entries.filter(({ key }) => sources.has(key)).map(({ path }) => path));
  for (const { key, path, shape } of entries) {
    const source = sources.get(key);
    const tensor = source === undefined ? undefined : file.get(source);
    if (source === undefined || !tensor) {
      if (!found.has(path) && !mayBeMissing(key)) missing.push(key);
    } else if (tensor.shape.join() !== shape.join()) misshapen.push({ key, expected: shape, found: tensor.shape });
    else copies.push({ source, path });
  }
  return { copies, missing, unexpected: [...sources].filter(([key]) => !known.has(key)).map(([, source]) => source), misshapen };
}

/** What is wrong, one thing a line, or null if the file fits exactly. */
export function stateProblems({ missing, unexpected, misshapen }: StateMatch): string | null {
  const lines = [
    ...missing.map((key) => `missing: ${key}`),
    ...unexpected.map((key) => `unexpected: ${key}`),
    ...misshapen.map(({ key, expected, found }) => `${key}: expected [${expected.join(", ")}], found [${found.join(", ")}]`),
  ];
  return lines.length === 0 ? null : lines.join("\n");
}
