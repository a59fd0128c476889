/** A file of weights and a network by name: which form of the network it fits, and how it gets onto the device. */
import { asFloat32, asInt32, type FileTensor, UserError } from "../data/index.ts";
import { loadFaceWeights, readSafetensors, readSafetensorsHeader } from "../data/node/index.ts";
import { GraphError, input, type Node } from "../graph/index.ts";
import { createStore, type Store } from "../kernels/index.ts";
import {
  createParams,
  matchState,
  type OutputStride,
  type Params,
  type StateEntry,
  type StateMatch,
  stateDict,
  stateProblems,
} from "../models/index.ts";
import type { Device } from "../runtime/index.ts";
import type { BuildOptions, Network, NetworkEntry } from "../studies/explain/index.ts";

export interface WeightOptions {
  /** A safetensors file. Default: what comes with an installed package, if anything. */
  readonly weights?: string;
  /** Instead of a file: untrained weights drawn from this seed. */
  readonly randomWeights?: number;
  readonly head?: "published" | "cam";
  readonly outputStride?: OutputStride;
  /** Passes over keys that one side lacks. */
  readonly nonStrict?: boolean;
}

/** A network whose form and weights are known. */
export interface Loaded {
  readonly classes: number;
  /** Makes the network on images [N, C, H, W], for a program of its own. */
  build(image: Node): Network;
  /** A store with the weights in it. */
  load(device: Device): Store;
  /** Keys that were passed over, or null. */
  readonly note: string | null;
}

/** What a graph cannot be built of is the user's mistake here: one line. */
export function asUserError<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw error instanceof GraphError ? new UserError(error.message) : error;
  }
}

/** Reads the file's header only. `shape`: [C, H, W] of a picture. */
export function chooseWeights(name: string, entry: NetworkEntry, shape: readonly number[], options: WeightOptions): Loaded {
  const { weights: file, randomWeights, outputStride } = options;
  if (outputStride && !entry.strided) throw new UserError(`${name}: --output-stride is for backbones`);
  if (file && randomWeights !== undefined) throw new UserError("--weights and --random-weights exclude each other");
  if (randomWeights !== undefined) {
    const form = { classes: entry.classes, head: options.head, outputStride };
    const build = builder(entry, form, shape);
    return { classes: entry.classes, build, load: (device) => createStore(device, { seed: randomWeights }), note: null };
  }
  const source = file ? fileSource(file) : packagedSource(entry);
  if (!source) throw new UserError(`${name} needs --weights FILE (${entry.weights}), or --random-weights SEED to look at it untrained`);
  return fitted(name, entry, shape, options, source);
}

/** Tensors by key, read one at a time. */
interface Source {
  readonly where: string;
  readonly found: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  read(key: string): FileTensor;
}

function fileSource(file: string): Source {
  const found = new Map(readSafetensorsHeader(file).entries.map((one) => [one.name, one]));
  return { where: file, found, read: (key) => readSafetensors(file, (name) => name === key).tensors[key] };
}

function packagedSource({ packaged }: NetworkEntry): Source | null {
  if (!packaged) return null;
  const tensors = loadFaceWeights(packaged);
  return { where: "@vladmandic/face-api", found: new Map(Object.entries(tensors)), read: (key) => tensors[key] };
}

function fitted(name: string, entry: NetworkEntry, shape: readonly number[], options: WeightOptions, source: Source): Loaded {
  const { outputStride, nonStrict = false } = options;
  const heads = options.head ? [options.head] : entry.heads;
  const forms = heads.map((head) => formOf(entry, shape, { head, outputStride }, source.found));
  const best = forms.find(({ match }) => match.missing.length === 0) ?? forms[0];
  const problems = stateProblems(best.match)?.split("\n") ?? [];
  const passable = nonStrict ? best.match.missing.length + best.match.unexpected.length : 0;
  if (best.match.copies.length === 0 || problems.length > passable)
    throw new UserError(`${source.where}: not the weights of ${name}: ${few(problems)}${nonStrict ? "" : advice(best.match)}`);
  const note = problems.length > 0 ? `passed over: ${few(problems)}` : null;
  const load = (device: Device): Store => copyWeights(createStore(device), best, source);
  return { classes: best.classes, build: builder(entry, best.form, shape), load, note };
}

const advice = ({ missing, misshapen }: StateMatch): string =>
  missing.length === 0 && misshapen.length === 0 ? "; --non-strict passes over what the network does not have" : "";

const few = (problems: readonly string[]): string =>
  problems.slice(0, 4).join("; ") + (problems.length > 4 ? ` and ${problems.length - 4} more` : "");

interface Form {
  readonly form: BuildOptions;
  readonly classes: number;
  readonly p: Params;
  readonly entries: readonly StateEntry[];
  readonly match: StateMatch;
}

/** The network with as many classes as the file's last layer has. */
function formOf(entry: NetworkEntry, shape: readonly number[], form: BuildOptions, found: Source["found"]): Form {
  const published = made(entry, form, shape);
  const last = published.entries.findLast((one) => one.shape.length > 1);
  const classes = (last && found.get(last.key)?.shape[0]) || entry.classes;
  const own = classes === entry.classes ? published : made(entry, { ...form, classes }, shape);
  return { form: { ...form, classes }, classes, ...own, match: matchState(own.entries, found) };
}

function made(entry: NetworkEntry, form: BuildOptions, shape: readonly number[]) {
  const p = createParams();
  asUserError(() => entry.build(p, input("image", [1, ...shape]), form));
  return { p, entries: stateDict(p) };
}

/** Checked once on a batch of one, so that a picture size that does not fit is told before a device is opened. */
function builder(entry: NetworkEntry, form: BuildOptions, shape: readonly number[]): (image: Node) => Network {
  made(entry, form, shape);
  return (image) => entry.build(createParams(), image, form);
}

/** Tensor by tensor, so that the file is never in memory as a whole. */
function copyWeights(store: Store, { p, entries, match }: Form, { where, read }: Source): Store {
  const dtypes = new Map(entries.map(({ path, dtype }) => [path, dtype]));
  const variables = new Map(p.all().map((node) => [node.attrs.path, node]));
  for (const { source, path } of match.copies) {
    const node = variables.get(path);
    if (!node) continue;
    // The first values would only be overwritten: none are drawn.
    store.ensure({ ...node, attrs: { ...node.attrs, init: { kind: "constant", value: 0 } } });
    const tensor = read(source);
    store.write(path, dtypes.get(path) === "I64" ? asInt32(tensor, `${where}: ${source}`) : asFloat32(tensor));
  }
  return store;
}
