/** A training step as one graph: losses, gradients, optimizers, what is logged, and the guard around all of it. */
import {
  add,
  clamp,
  concat,
  constant,
  div,
  GraphError,
  grad,
  input,
  maximum,
  mul,
  type Node,
  reshape,
  stack,
  sum,
  zeros,
  type Update,
} from "../../graph/index.ts";
import {
  accumulate,
  accumulateLast,
  clipByGlobalNorm,
  createParams,
  createTraining,
  ema,
  type GradientPair,
  pairs,
  type Params,
  type Variable,
} from "../../models/index.ts";
import { guardStep, runningSums } from "../guard.ts";
import type { BagShape } from "../loader/bags.ts";
import { named } from "./named.ts";
import type { Losses, NetworkSpec, Pass, Study } from "./study.ts";

/** A computation to compile. */
export interface StepGraph {
  readonly params: Params;
  readonly outputs: Readonly<Record<string, Node>>;
  readonly updates: readonly Update[];
}

/** A step of its own, or a part of one whose gradients are added up: the last part runs the optimizers. */
export type StepPart = "whole" | "first" | "last";

/** What the fields of a batch are called and how they look: [N, ...shape], or [T, ...shape] for the instances of bags. */
export type InputFields = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly dtype: "f32" | "i32"; readonly bag?: boolean }>
>;

export interface StepOptions {
  readonly seed: number;
  /** N */
  readonly size: number;
  readonly fields: InputFields;
  /** Where fields are bags. */
  readonly bags?: BagShape;
  readonly part?: StepPart;
}

/** Feed f32 [N]: 1, or 0 for a sample that only fills the batch. */
export const WEIGHT = "weight";
/** The input f32 [] of a network's learning rate: `learningRate`, or `learningRate critic` where there are several networks. */
export const rateKeyOf = ({ networks }: Pick<Study, "networks">, network: string): string =>
  Object.keys(networks).length === 1 ? "learningRate" : `learningRate ${network}`;

/** Every program's metrics in one list, so that one variable holds their sums: `critic distance`, or `accuracy` where there is one program. */
export function metricNames(
  study: Study,
  options: Omit<StepOptions, "part">,
): { readonly names: readonly string[]; readonly trains: ReadonlyMap<string, readonly string[]> } {
  const programs = Object.keys(study.programs);
  const losses = programs.map((program) => [program, study.programs[program](passOf(study, options).pass)] as const);
  return {
    names: losses.flatMap(([program, one]) => Object.keys(logged(one)).map((name) => loggedName(programs, program, name))),
    trains: new Map(losses.map(([program, { minimise }]) => [program, Object.keys(minimise)])),
  };
}

/**
 * One step of the study's program. Feeds: the fields, `weight` f32 [N], a rate for each network it trains, `step` i32 []. Outputs: `sums`
 * f32 [2 M], of each metric (in the order of `names`) the total and the number of what was added, and `good` i32 [] (guard.ts).
 */
export function stepGraph(study: Study, program: string, names: readonly string[], options: StepOptions): StepGraph {
  const { size, part = "whole" } = options;
  const { pass, params } = passOf(study, options);
  const losses = study.programs[program](pass);
  const weight = input(WEIGHT, [size]);
  const count = maximum(sum(weight), 1);
  const trained = Object.entries(losses.minimise).map(([network, loss]) => {
    if (!Object.hasOwn(study.networks, network))
      throw new GraphError(
        `program "${program}" minimises for "${network}", which is no network; there are ${Object.keys(study.networks).join(", ")}`,
      );
    const p = pass.networks[network];
    return trainedBy(study, network, p, meanOf(loss as Node, weight, count, `the loss of ${network}`));
  });
  if (trained.length === 0) throw new GraphError(`program "${program}" minimises nothing`);
  const steps = trained.flatMap((one) => optimized(one, part, count));
  const sums = runningSums(logsOf(losses, { program, programs: Object.keys(study.programs), names, weight }));
  const all = [...steps, ...pass.training.updates, ...(losses.updates ?? []), sums.update];
  const guarded = guardStep(all, {
    loss: trained.map(({ loss }) => loss).reduce(add),
    gradients: trained.flatMap(({ pairs: own }) => own.map(([, gradient]) => gradient)),
  });
  return { params, outputs: { sums: sums.value(guarded.alive), good: guarded.good }, updates: guarded.updates };
}

/** New parameters (below `root`), and the batch as inputs. */
export function passOf(
  { networks }: Pick<Study, "networks">,
  { seed, size, fields, bags, root = "" }: Omit<StepOptions, "part"> & { readonly root?: string },
): { pass: Pass; params: Params } {
  const prefixes = Object.entries(networks).map(([name, { prefix = name }]) => prefix);
  if (prefixes.length > 1 && (prefixes.includes("") || new Set(prefixes).size < prefixes.length))
    throw new GraphError(
      `several networks need prefixes of their own, got ${JSON.stringify(prefixes)}: one would train another's parameters`,
    );
  const params = createParams({ prefix: root });
  const place = (name: string, { prefix = name }: NetworkSpec): Params => (prefix === "" ? params : params.at(prefix));
  const batch = batchInputs({ size, fields, bags });
  const places = Object.fromEntries(Object.entries(networks).map(([name, spec]) => [name, place(name, spec)]));
  return { params, pass: { networks: named(places, "network"), batch: named(batch, "field"), size, training: createTraining({ seed }) } };
}

function batchInputs({ size, fields, bags }: Pick<StepOptions, "size" | "fields" | "bags">): Record<string, Node> {
  const inputs = Object.entries(fields).map(([key, { shape, dtype, bag }]): [string, Node] => {
    if (bag && !bags) throw new GraphError(`the field ${key} is a bag: say what a batch has room for`);
    return [key, input(key, [bag && bags ? bags.instances : size, ...shape], dtype)];
  });
  const layout = bags && { index: input("index", [size, bags.length], "i32"), lengths: input("lengths", [size], "i32") };
  return { ...Object.fromEntries(inputs), ...layout };
}

/** [N]: the mean of what counts; []: itself. */
function meanOf(value: Node, weight: Node, count: Node, what: string): Node {
  checkMetric(value, weight, what);
  return value.shape.length === 0 ? value : div(sum(mul(value, weight)), count);
}

function checkMetric(value: Node, weight: Node, what: string): void {
  const fits = value.shape.length === 0 || (value.shape.length === 1 && value.shape[0] === weight.shape[0]);
  if (value.dtype !== "f32" || !fits)
    throw new GraphError(
      `${what}: expected f32 [${weight.shape[0]}] (one number per sample; reduction "none") or [], got ${value.dtype} [${value.shape.join(", ")}]`,
    );
}

interface Trained {
  readonly network: string;
  readonly spec: NetworkSpec;
  readonly loss: Node;
  readonly pairs: readonly GradientPair[];
  readonly lr: Node;
}

function trainedBy(study: Study, network: string, p: Params, loss: Node): Trained {
  const spec = study.networks[network];
  const weights = p.trainable((path) => groupOf(spec, p.path, path)?.rate !== 0);
  if (weights.length === 0) throw new GraphError(`network "${network}" has no parameters to train`);
  return { network, spec, loss, pairs: pairs(weights, grad(loss, weights)), lr: input(rateKeyOf(study, network), []) };
}

/** By `search`, which takes no notice of where a /g expression stopped the last time. */
const groupOf = ({ groups = [] }: NetworkSpec, root: string, path: string) =>
  groups.find(({ match }) => (root === "" ? path : path.slice(root.length + 1)).search(match) >= 0);

/** The updates of one network: parts are added up, clipped, handed to the optimizer group by group, averaged. */
function optimized({ network, spec, pairs: own, lr }: Trained, part: StepPart, count: Node): Update[] {
  const name = `${spec.prefix ?? network}/accumulated`.replace(/^\//, "");
  if (part === "first") return accumulate(own, { weight: count, name });
  const { pairs: whole, clear } = part === "last" ? accumulateLast(own, { weight: count, name }) : { pairs: own, clear: [] };
  const updates = grouped(spec, clipped(whole, spec), lr, spec.prefix ?? network).map((update) => limited(update, spec));
  const weights = updates.filter(([target]) => target.op === "variable" && target.attrs.role === "parameter");
  const averages =
    spec.ema === undefined ? [] : ema(weights, { decay: spec.ema, name: `${spec.prefix ?? network}/ema`.replace(/^\//, "") });
  return [...updates, ...averages, ...clear];
}

function clipped(own: readonly GradientPair[], { clip = {} }: NetworkSpec): readonly GradientPair[] {
  const { norm, value } = clip;
  const bounded = value === undefined ? own : own.map(([weight, gradient]): GradientPair => [weight, clamp(gradient, -value, value)]);
  if (norm === undefined) return bounded;
  const { gradients } = clipByGlobalNorm(
    bounded.map(([, gradient]) => gradient),
    norm,
  );
  return bounded.map(([weight], i): GradientPair => [weight, gradients[i]]);
}

function grouped(spec: NetworkSpec, own: readonly GradientPair[], lr: Node, root: string): Update[] {
  const { optimizer, groups = [] } = spec;
  const of = ([weight]: GradientPair) => groupOf(spec, root, (weight as Variable).attrs.path);
  return [undefined, ...groups].flatMap((group) => {
    const members = own.filter((pair) => of(pair) === group);
    if (members.length === 0) return [];
    const { rate = 1, weightDecay } = group ?? {};
    return optimizer.updates(members, { lr: rate === 1 ? lr : mul(lr, rate), ...(weightDecay === undefined ? {} : { weightDecay }) });
  });
}

const limited = ([target, next]: Update, { limit }: NetworkSpec): Update =>
  limit !== undefined && target.op === "variable" && target.attrs.role === "parameter"
    ? [target, clamp(next, -limit, limit)]
    : [target, next];

/** The losses by network (the only one: "loss"), and what the program follows besides. */
function logged({ minimise, metrics = {} }: Losses): Record<string, Node> {
  const losses = Object.entries(minimise) as [string, Node][];
  return { ...Object.fromEntries(losses.map(([network, loss]) => [losses.length === 1 ? "loss" : `${network} loss`, loss])), ...metrics };
}

const loggedName = (programs: readonly string[], program: string, name: string): string =>
  programs.length === 1 ? name : `${program} ${name}`;

interface LogOptions {
  readonly program: string;
  readonly programs: readonly string[];
  readonly names: readonly string[];
  readonly weight: Node;
}

/** [2 M]: what this step adds; zeros where another program's metrics are. */
function logsOf(losses: Losses, { program, programs, names, weight }: LogOptions): Node {
  const values = new Map(Object.entries(logged(losses)).map(([name, node]) => [loggedName(programs, program, name), node]));
  const parts = names.map((name) => {
    const value = values.get(name);
    return value ? totalAndCount(value, weight, `the metric "${name}"`) : zeros([2]);
  });
  return parts.length === 1 ? reshape(parts[0], [2]) : concat(parts, 0);
}

/** [2]: what a batch adds to a metric, and how much of it counts: [N] its samples, [] once. */
export function totalAndCount(value: Node, weight: Node, what: string): Node {
  checkMetric(value, weight, what);
  return stack(value.shape.length === 0 ? [value, constant(1)] : [sum(mul(value, weight)), sum(weight)], 0);
}

/** The keys of the inputs that a graph reads. */
export function inputKeys({ outputs, updates }: Pick<StepGraph, "outputs" | "updates">): Set<string> {
  const seen = new Set<Node>([...Object.values(outputs), ...updates.flat()]);
  for (const node of seen) for (const from of node.inputs) seen.add(from);
  return new Set([...seen].flatMap((node) => (node.op === "input" ? [node.attrs.key] : [])));
}
