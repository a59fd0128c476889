/** Weights from outside and a network by name: which form of the network they fit, and how they get onto the device. */
import { UserError } from "../data/errors.ts";
import { describeKeys, prefixOf } from "../data/tensors/prefix.ts";
import type { TensorSource } from "../data/tensors/source.ts";
import { GraphError, input, type Node } from "../graph/index.ts";
import { createStore, type Store } from "../kernels/index.ts";
import {
  createParams,
  type OutputStride,
  type Params,
  type StateEntry,
  type StateMatch,
  stateDict,
  stateProblems,
} from "../models/index.ts";
import type { Device } from "../runtime/index.ts";
import type { Network } from "./network.ts";
import type { BuildOptions, NetworkEntry } from "./registry.ts";
import { type LoadOptions, loadWeights, matchPrefixed, type PrefixedMatch } from "./weights/index.ts";

export interface FormOptions {
  /** Default: the one that the weights fit. */
  readonly head?: "published" | "cam";
  readonly outputStride?: OutputStride;
  /** Passes over keys that one side lacks. */
  readonly nonStrict?: boolean;
}

/** What a graph cannot be built of is the user's mistake here: one line that begins with `what`. */
export function asUserError<T>(what: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw error instanceof GraphError ? new UserError(`${what}: ${error.message}`) : error;
  }
}

/** A network whose form and weights are known. */
export interface Loaded {
  readonly classes: number;
  /** Makes the network on images [N, C, H, W], for a program of its own. */
  build(image: Node): Network;
  /** A store with the weights in it. `progress` is called with the elements loaded, of how many. */
  load(device: Device, progress?: LoadOptions["progress"]): Promise<Store>;
  /** A prefix that was taken off, layers that are left random, keys that were passed over; or null. */
  readonly note: string | null;
}

/** Untrained weights from a seed: what a network sees before it has learnt anything. */
export function untrained(entry: NetworkEntry, shape: readonly number[], seed: number, options: FormOptions): Loaded {
  const form = { classes: entry.classes, head: options.head, outputStride: options.outputStride };
  const load = (device: Device): Promise<Store> => Promise.resolve(createStore(device, { seed }));
  return { classes: entry.classes, build: builder(entry, form, shape), load, note: null };
}

/** The form of the network (classes, head) that weights fit, with or without a prefix before all keys. Those of another network: UserError. `shape`: [C, H, W] of a picture. */
export function fitWeights(
  name: string,
  entry: NetworkEntry,
  shape: readonly number[],
  options: FormOptions,
  source: TensorSource,
): Loaded {
  const { outputStride, nonStrict = false } = options;
  const heads = options.head ? [options.head] : entry.heads;
  const forms = heads.map((head) => formOf(entry, shape, { head, outputStride }, source.entries));
  const complete = forms.filter(({ match }) => match.missing.length === 0);
  const { match, ...best } = complete.find(({ match }) => match.unexpected.length === 0) ?? complete[0] ?? forms[0];
  const problems = stateProblems(match)?.split("\n") ?? [];
  const passable = nonStrict ? match.missing.length + match.unexpected.length : 0;
  if (match.copies.length === 0)
    throw new UserError(`${source.where}: not the weights of ${name}: ${few(problems)}; the file holds ${describeKeys(source)}`);
  if (problems.length > passable) {
    const below = match.prefix ? ` (keys below "${match.prefix}")` : "";
    throw new UserError(`${source.where}: not the weights of ${name}${below}: ${few(problems)}${nonStrict ? "" : advice(match)}`);
  }
  const load: Loaded["load"] = (device, progress) => loadTensors(device, best.p, source, progress);
  return { classes: best.classes, build: builder(entry, best.form, shape), load, note: noteOf(match) };
}

/** What a person should know of weights that were taken, or null. */
function noteOf({ prefix, missing, unexpected }: PrefixedMatch): string | null {
  const layers = [...new Set(missing.map((key) => key.replace(/\.?[^.]*$/, "") || key))];
  const notes = [
    ...(prefix ? [`keys were taken without their prefix "${prefix}"`] : []),
    ...(layers.length > 0 ? [`left random: ${few(layers, ", ", 8)}`] : []),
    ...(unexpected.length > 0 ? [`passed over: ${few(unexpected, ", ")}`] : []),
  ];
  return notes.length > 0 ? notes.join("; ") : null;
}

const advice = ({ missing, misshapen }: StateMatch): string =>
  missing.length === 0 && misshapen.length === 0 ? "; --non-strict passes over what the network does not have" : "";

const few = (items: readonly string[], separator = "; ", most = 4): string =>
  items.slice(0, most).join(separator) + (items.length > most ? ` and ${items.length - most} more` : "");

interface Form {
  readonly form: BuildOptions;
  readonly classes: number;
  readonly p: Params;
  readonly entries: readonly StateEntry[];
  readonly match: PrefixedMatch;
}

/** The network with as many classes as the file's last layer has. */
function formOf(entry: NetworkEntry, shape: readonly number[], form: BuildOptions, found: TensorSource["entries"]): Form {
  const published = made(entry, form, shape);
  const last = published.entries.findLast((one) => one.shape.length > 1);
  const prefix = prefixOf(
    published.entries.map(({ key }) => key),
    found.keys(),
  );
  const classes = (last && found.get(prefix + last.key)?.shape[0]) || entry.classes;
  const own = classes === entry.classes ? published : made(entry, { ...form, classes }, shape);
  return { form: { ...form, classes }, classes, ...own, match: matchPrefixed(own.entries, found) };
}

function made(entry: NetworkEntry, form: BuildOptions, shape: readonly number[]) {
  const p = createParams();
  asUserError(`${entry.title}, pictures of ${shape[1]} x ${shape[2]}`, () => entry.build(p, input("image", [1, ...shape]), form));
  return { p, entries: stateDict(p) };
}

/** Checked once on a batch of one, so that a picture size that does not fit is an error before a device is opened. */
function builder(entry: NetworkEntry, form: BuildOptions, shape: readonly number[]): (image: Node) => Network {
  made(entry, form, shape);
  return (image) => entry.build(createParams(), image, form);
}

/** A store with all of a source's tensors that `p` has room for. */
export async function loadTensors(device: Device, p: Params, source: TensorSource, progress?: LoadOptions["progress"]): Promise<Store> {
  const store = createStore(device);
  await loadWeights(p, source, store, { strict: false, progress });
  return store;
}
