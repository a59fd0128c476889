/**
 * A graph: immutable nodes, and the attributes of every op. What an op is stands in op.ts.
 * Pure: no GPU, no file, no clock.
 */

export type DType = "f32" | "i32";
export type Shape = readonly number[];
/** A side pair per spatial axis: [top, bottom, left, right], in elements. */
export type Padding = readonly [number, number, number, number];
export type Pair = readonly [number, number];

/** Geometry of a sliding window over [N, C, H, W]. */
export interface WindowAttrs {
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
}

export interface ConvAttrs {
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly groups: number;
}

/** How a variable begins; the numbers are drawn on the CPU by seed and path. */
export type Init =
  | { readonly kind: "constant"; readonly value: number }
  | ({ readonly kind: "uniform"; readonly low: number; readonly high: number } & Drawn)
  | ({ readonly kind: "normal"; readonly mean: number; readonly std: number } & Drawn);

/** What is done to random numbers once they are drawn. */
interface Drawn {
  /** The whole tensor is scaled to the Euclidean norm 1. */
  readonly unit?: true;
  /** This index of the first axis begins as zeros. */
  readonly zeroRow?: number;
}

/** What a variable is for: it decides under which heading its bytes are reported, and what a checkpoint holds. */
export type Role = "parameter" | "buffer" | "slot";

type None = Readonly<Record<string, never>>;
type Axes = { readonly axes: readonly number[] };
type Axis = { readonly axis: number };

/** Every op of the language, with its settings. A new op begins here; the compiler then lists what it still lacks. */
export interface OpAttrs {
  // sources
  input: { readonly key: string; readonly shape: Shape; readonly dtype: DType };
  variable: { readonly path: string; readonly shape: Shape; readonly dtype: DType; readonly role: Role; readonly init: Init };
  constant: { readonly shape: Shape; readonly dtype: DType; readonly data: readonly number[] | Float32Array | Int32Array };
  iota: { readonly shape: Shape; readonly axis: number; readonly dtype: DType };
  /** Inputs: key [2] i32 (seed, step). Threefry-2x32 of (element, stream) under that key. */
  random: { readonly shape: Shape; readonly distribution: "uniform" | "normal"; readonly stream: number };
  // elementwise arithmetic
  neg: None;
  abs: None;
  sign: None;
  floor: None;
  add: None;
  sub: None;
  mul: None;
  div: None;
  maximum: None;
  minimum: None;
  less: None;
  lessEqual: None;
  equal: None;
  select: None;
  cast: { readonly dtype: DType };
  stopGradient: None;
  isFinite: None;
  relu: { readonly max: number | null };
  // elementwise transcendental
  exp: None;
  log: None;
  expm1: None;
  log1p: None;
  sqrt: None;
  rsqrt: None;
  pow: None;
  sin: None;
  cos: None;
  tanh: None;
  sigmoid: None;
  softplus: None;
  erf: None;
  // reduce
  sum: Axes;
  reduceMax: Axes;
  argmax: Axis;
  // movement
  reshape: { readonly shape: Shape };
  transpose: { readonly perm: readonly number[] };
  broadcast: { readonly shape: Shape };
  slice: { readonly start: readonly number[]; readonly end: readonly number[]; readonly step: readonly number[] };
  pad: { readonly low: readonly number[]; readonly high: readonly number[]; readonly interior: readonly number[]; readonly value: number };
  concat: Axis;
  reverse: Axes;
  // contraction
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  conv2d: ConvAttrs;
  conv2dInputGrad: ConvAttrs & { readonly inputSize: Pair };
  conv2dWeightGrad: ConvAttrs & { readonly kernelSize: Pair };
  /** `layout`: [N, C R S, P Q], [C R S, N P Q] or [N P Q, C R S]. */
  unfold: WindowAttrs & { readonly layout: "images" | "columns" | "rows" };
  fold: WindowAttrs & { readonly layout: "images" | "columns" | "rows"; readonly inputSize: Pair };
  /** See ops/winograd.ts. */
  winogradTransform: {
    readonly outputs: number;
    readonly taps: number;
    readonly side: "image" | "filter";
    readonly step: number;
    readonly padding: Pair;
    readonly tiles: Pair;
    readonly turned: boolean;
  };
  winogradInverse: { readonly outputs: number; readonly taps: number; readonly size: readonly [A: number, H: number, W: number] };
  // pooling
  maxPoolIndex: WindowAttrs;
  poolGather: WindowAttrs;
  maxUnpool: WindowAttrs & { readonly inputSize: Pair };
  // indexing
  gather: Axis;
  /** `lost`, of compilers: behind the sums along the axis, what their roundings lost, to be added to them. */
  scatterAdd: Axis & { readonly size: number; readonly lost?: true };
}

export type OpName = keyof OpAttrs;

export interface NodeOf<K extends OpName> {
  /** Increases in order of creation, so inputs have smaller ids than the nodes that use them. */
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Node[];
  readonly attrs: OpAttrs[K];
  readonly shape: Shape;
  readonly dtype: DType;
  /** The path of the layer that made it (`layer1.0.conv2`), or "". */
  readonly name: string;
}

/** One value of the dataflow graph. Narrow it by `node.op`. */
export type Node = { [K in OpName]: NodeOf<K> }[OpName];

export const sizeOf = (shape: Shape): number => shape.reduce((size, extent) => size * extent, 1);

/** A mistake in how a graph is put together: which op, at which path, what was expected, what was found. */
export class GraphError extends Error {
  override readonly name = "GraphError";
}

/** Throws the GraphError of an op or a function; it names both that and the path. */
export function mistake(name: string, message: string): never {
  throw new GraphError(`${name}${scopes ? ` at ${scopes}` : ""}: ${message}`);
}

let scopes = "";
let nextId = 0;

/** Runs `build`; every node made inside carries `path` as its name, and errors name it. */
export function scope<T>(path: string, build: () => T): T {
  const before = scopes;
  scopes = path;
  try {
    return build();
  } finally {
    scopes = before;
  }
}

/** The path that nodes made now would carry. */
export const currentScope = (): string => scopes;

/** A new node. Builders of ops call it once they have checked what goes in (op.ts). */
export const createNode = <K extends OpName>(parts: Omit<NodeOf<K>, "id" | "name">): NodeOf<K> =>
  Object.freeze({ id: nextId++, ...parts, name: scopes });

/** A copy of a node with some parts replaced; everything else, the id too, stays. For compilers: nothing is checked. */
export const remake = (node: Node, parts: Partial<Pick<Node, "id" | "inputs" | "attrs" | "name">> = {}): Node =>
  Object.freeze({ ...node, ...parts }) as Node;
