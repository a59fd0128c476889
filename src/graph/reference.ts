/** The CPU evaluator in f64: the definition of every op, slow and obvious. */
import { GraphError, sizeOf, type Node, type NodeOf, type OpName, type Shape, type DType } from "./node.ts";
import type { Tensor } from "./op.ts";
import { shapeText } from "./ops/common/checks.ts";
import { OPS } from "./ops/index.ts";
import { initialValue } from "./threefry.ts";

/** What is fed: numbers for a node, or for an input's key or a variable's path. */
export type NodeValues = ReadonlyMap<Node | string, Tensor | ArrayLike<number> | number>;

export interface EvaluateOptions {
  /** From which variables that are not fed draw their first values. */
  readonly seed?: number;
}

/** The values of `nodes`. i32 numbers are held as f64 too. */
export function evaluate(nodes: readonly Node[], feeds: NodeValues = new Map(), { seed = 0 }: EvaluateOptions = {}): Tensor[] {
  const values = new Map<Node, Tensor>();
  for (const node of inOrder(nodes, feeds)) {
    const { shape, dtype } = node;
    const inputs = node.inputs.map((input) => values.get(input) as Tensor);
    const data = fed(node, feeds) ?? initial(node, seed) ?? compute(node, inputs);
    if (data.length !== sizeOf(shape))
      throw new GraphError(`${node.op}: expected ${sizeOf(shape)} numbers for ${shapeText(shape)}, got ${data.length}`);
    values.set(node, { shape, dtype, data });
  }
  return nodes.map((node) => values.get(node) as Tensor);
}

/** A tensor of the reference. */
export const tensor = (data: ArrayLike<number>, shape: Shape = [data.length], dtype: DType = "f32"): Tensor => ({
  shape,
  dtype,
  data: Float64Array.from(data),
});

/** What has to be computed, inputs first; the search ends at nodes that are fed. */
function inOrder(nodes: readonly Node[], feeds: NodeValues): Node[] {
  const seen = new Set<Node>(nodes);
  for (const node of seen) if (!feeds.has(node)) for (const input of node.inputs) seen.add(input);
  return [...seen].sort((a, b) => a.id - b.id);
}

function fed(node: Node, feeds: NodeValues): Float64Array | null {
  const key = node.op === "input" ? node.attrs.key : node.op === "variable" ? node.attrs.path : null;
  const value = feeds.get(node) ?? (key === null ? undefined : feeds.get(key));
  if (value === undefined) return null;
  if (typeof value === "number") return Float64Array.of(value);
  return "data" in value && "shape" in value ? value.data : Float64Array.from(value);
}

function initial(node: Node, seed: number): Float64Array | null {
  if (node.op !== "variable") return null;
  const { init, shape, path, dtype } = node.attrs;
  const values = Float64Array.from(initialValue(init, shape, seed, path));
  return dtype === "i32" ? values.map(Math.trunc) : values;
}

function compute<K extends OpName>(node: NodeOf<K>, inputs: readonly Tensor[]): Float64Array {
  return OPS[node.op].reference(inputs, node.attrs, node);
}
