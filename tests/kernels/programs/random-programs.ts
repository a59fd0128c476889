/** Random programs: inputs and variables, random steps, several outputs, updates. And their meaning, by the f64 reference. */
import fc from "fast-check";
import { add, evaluate, input, mul, type Node, reverse, sub, type Tensor, type Update, variable } from "../../../src/graph/index.ts";
import type { ProgramSpec } from "../../../src/kernels/index.ts";
import { fit, Graph } from "./random-graph.ts";
import { KINDS, type Step, take } from "./random-steps.ts";
import { integers } from "../../graph/values.ts";

export interface Recipe {
  readonly seed: number;
  /** Extents of what the graph begins with. */
  readonly sizes: "small" | "large";
  readonly steps: readonly Step[];
  /** Positions of outputs, counted back from the last node. */
  readonly outputs: readonly number[];
  /** How each variable is updated, if it is. */
  readonly updates: readonly (keyof typeof NEXT | "none")[];
}

export interface RandomProgram {
  readonly spec: ProgramSpec;
  readonly feeds: Readonly<Record<string, ArrayLike<number>>>;
  readonly initial: ReadonlyMap<string, Tensor>;
}

const SHAPES = {
  small: [[], [5], [2, 4], [3, 2, 2], [1, 2, 4, 5]],
  large: [[], [96], [100, 96], [2, 50, 96], [4, 2, 25, 48]],
} as const;
const VARIABLES = {
  small: [[6], [6], [6], [3, 4], [4, 3]],
  large: [[9600], [9600], [9600], [96, 100], [100, 96]],
} as const;

type Next = (own: Node, of: { readonly last: Node; readonly variables: readonly Node[]; readonly nexts: readonly Node[] }) => Node;

/** New values of variables, in ways that need care about who reads what when. */
const NEXT = {
  last: (own, { last }) => fit(last, own.shape),
  inPlace: (own, { last }) => add(own, fit(last, own.shape)),
  reversed: (own) => reverse(own, [0]),
  average: (own, { nexts }) => mul(add(own, fit(nexts[0] ?? own, own.shape)), 1),
  neighbour: (own, { variables }) => fit(variables[(variables.indexOf(own) + 1) % variables.length], own.shape),
  before: (own, { variables }) => fit(variables[(variables.indexOf(own) + variables.length - 1) % variables.length], own.shape),
  mixed: (own, { variables }) => sub(own, reverse(fit(variables[(variables.indexOf(own) + 1) % 3], own.shape), [0])),
  together: (own, { variables, nexts }) => add(fit(nexts[nexts.length - 1] ?? own, own.shape), fit(variables[0], own.shape)),
  same: (own) => own,
} satisfies Record<string, Next>;

const kinds = Object.keys(KINDS) as Step["kind"][];
const steps = (kind: fc.Arbitrary<Step["kind"]>): fc.Arbitrary<Step> =>
  fc.record({
    kind,
    of: fc.tuple(fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, fc.nat(30)), fc.nat(12)),
    numbers: fc.array(fc.nat(30), { maxLength: 6 }),
  });

interface Choice {
  readonly sizes?: Recipe["sizes"];
  /** Kinds of steps; all by default. */
  readonly kind?: readonly Step["kind"][];
  /** Variables that are updated, at least. */
  readonly updates?: number;
}

/** Programs of `min` to `max` steps. */
export const recipes = (min: number, max: number, { sizes = "small", kind = kinds, updates = 0 }: Choice = {}): fc.Arbitrary<Recipe> =>
  fc.record({
    seed: fc.noShrink(fc.nat(2 ** 30)),
    sizes: fc.constant(sizes),
    steps: fc.array(steps(fc.constantFrom(...kind)), { minLength: min, maxLength: max }),
    outputs: fc.array(fc.oneof(fc.constant(0), fc.nat(12)), { minLength: 1, maxLength: 4 }),
    updates: fc.array(fc.constantFrom(...(Object.keys(NEXT) as (keyof typeof NEXT)[]), "none" as const), {
      minLength: updates,
      maxLength: VARIABLES.small.length,
    }),
  });

export function programOf({ seed, sizes, steps: list, outputs, updates }: Recipe): RandomProgram {
  const graph = new Graph(sizes === "small" ? 400 : 40_000);
  const source = (node: Node, key: string, value: Tensor): Node => {
    graph.values.set(node, value);
    graph.values.set(key, value);
    graph.nodes.push(node);
    return node;
  };
  SHAPES[sizes].forEach((shape, i) => source(input(`x${i}`, shape), `x${i}`, integers(shape, -9, 9, seed + i)));
  const variables = VARIABLES[sizes].map((shape, i) => source(variable(`v${i}`, shape), `v${i}`, integers(shape, -9, 9, seed + 50 + i)));
  graph.nodes.push(...graph.nodes.splice(0, 2));
  for (const step of list) take(graph, step);
  const nexts: Node[] = [];
  const pairs = updates.flatMap((kind, i): Update[] => {
    if (kind === "none") return [];
    const next = NEXT[kind](variables[i], { last: graph.pick(i), variables, nexts });
    nexts.push(next);
    return [[variables[i], next]];
  });
  const named = Object.fromEntries(outputs.map((back, i) => [`y${i}`, graph.pick(back)]));
  const used = inputsOf([...Object.values(named), ...pairs.map(([, next]) => next)]);
  const feeds = Object.fromEntries(used.map((key) => [key, (graph.values.get(key) as Tensor).data]));
  const initial = new Map(VARIABLES[sizes].map((_, i) => [`v${i}`, graph.values.get(`v${i}`) as Tensor]));
  return { spec: { name: "random", outputs: named, updates: pairs }, feeds, initial };
}

/** Every node that the roots need, inputs first. */
function nodesOf(roots: readonly Node[]): Node[] {
  const seen = new Set(roots);
  for (const node of seen) for (const before of node.inputs) seen.add(before);
  return [...seen].sort((a, b) => a.id - b.id);
}

const inputsOf = (roots: readonly Node[]): string[] => nodesOf(roots).flatMap((node) => (node.op === "input" ? [node.attrs.key] : []));

/** Integers up to here, and sums of them, are exact in f32. */
const EXACT = 2 ** 24;

export interface Run {
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** The variables after the run. */
  readonly variables: ReadonlyMap<string, Tensor>;
  /** Was every number on the way one that f32 holds exactly? */
  readonly exact: boolean;
}

/** One run by the reference. */
export function reference({ spec, feeds }: RandomProgram, variables: ReadonlyMap<string, Tensor>): Run {
  const updates = spec.updates ?? [];
  const values = new Map<Node | string, Tensor | ArrayLike<number>>([...Object.entries(feeds), ...variables]);
  let exact = true;
  for (const node of nodesOf([...Object.values(spec.outputs), ...updates.map(([, next]) => next)])) {
    const [value] = evaluate([node], values);
    values.set(node, value);
    const sizes = new Map(node.inputs.map((input) => [input, absolute(values.get(input) as Tensor)]));
    const [bound] = SUMS.has(node.op) ? evaluate([node], sizes) : [value];
    exact &&= bound.data.every((number) => Math.abs(number) < EXACT);
  }
  const after = new Map(variables);
  for (const [{ attrs }, next] of updates) after.set((attrs as { path: string }).path, values.get(next) as Tensor);
  const outputs = new Map(Object.entries(spec.outputs).map(([name, node]) => [name, values.get(node) as Tensor]));
  return { outputs, variables: after, exact };
}

const SUMS: ReadonlySet<string> = new Set(["sum", "matmul", "conv2d", "conv2dInputGrad", "conv2dWeightGrad", "maxUnpool", "scatterAdd"]);

const absolute = (value: Tensor): Tensor => (value.dtype === "i32" ? value : { ...value, data: value.data.map(Math.abs) });
