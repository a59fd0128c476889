/** What the compiler asks of one node. What is true of a whole op stands in its literal (graph/ops/). */
import { type NameOf, type OpKind, OPS } from "../../graph/index.ts";
import { applyOp } from "../../graph/op.ts";
import { type Node, remake, sizeOf } from "../../graph/node.ts";

export type HeavyNode = Node & { readonly op: NameOf<"heavy"> };

/** What the expressions of kernels are made of, besides elementwise ops. */
export type InlineNode = Node & { readonly op: NameOf<"generated" | "movement" | "lookup"> | "constant" | "stopGradient" };

export const isElementwise = ({ op }: Node): boolean => OPS[op].kind === "elementwise";

/** Does it read its first input where its second, an index, points? */
export const isLookup = ({ op }: Node): boolean => OPS[op].kind === "lookup";

/** It has a kernel of its own. */
export const isHeavy = (node: Node): node is HeavyNode => OPS[node.op].kind === "heavy";

/** Can its value at an index be computed inside any kernel, from its inputs' values at indices that follow from it? */
export const isInline = ({ op }: Node): boolean => INLINE.has(OPS[op].kind) || op === "constant";

const INLINE: ReadonlySet<OpKind> = new Set<OpKind>(["generated", "elementwise", "movement", "lookup"]);

/** It lies in a buffer of its own, which no kernel of the pass makes. A constant of one element is mostly written into the text instead. */
export const isSource = ({ op }: Node): boolean => OPS[op].kind === "source";

/** A source that kernels load. */
export const isLeaf = (node: Node): boolean => isSource(node) && !(node.op === "constant" && sizeOf(node.shape) === 1);

/** Work of an inline op on one element, in additions. */
export const costOf = ({ op }: Node): number => OPS[op].cost ?? 0;

/** Can the kernel of a heavy op go on with its result? */
export const hasEpilogue = ({ op }: Node): boolean => OPS[op].epilogue === true;

/** Can the kernel of a heavy op compute its input? */
export const hasPrologue = ({ op }: Node): boolean => OPS[op].prologue === true;

/** Skips views that keep every element at its linear index. */
export function unview(node: Node): Node {
  let at = node;
  while (at.op === "reshape" || at.op === "stopGradient") at = at.inputs[0];
  return at;
}

/** What a heavy op reads for an input: a matmul looks through a broadcast over its batch, whose stride is then 0. */
export function operand(heavy: Node, input: Node): Node {
  if (heavy.op !== "matmul" || input.op !== "broadcast") return input;
  const [x] = input.inputs;
  const last = (node: Node): string => node.shape.slice(-2).join();
  return x.shape.length >= 2 && last(x) === last(input) && sizeOf(x.shape) === sizeOf(x.shape.slice(-2)) ? x : input;
}

/** A concatenation whose parts do not lie one behind the other: each is computed where it belongs, and needs no memory of its own. */
export const isInterleaved = (node: Node): boolean => node.op === "concat" && sizeOf(node.shape.slice(0, node.attrs.axis)) > 1;

/** Is `node` the maximum whose place `index` is? The kernel of the index has it at hand. */
export const isPooled = (node: Node, index: Node): boolean =>
  node.op === "poolGather" && node.inputs[1] === index && index.op === "maxPoolIndex" && unview(node.inputs[0]) === unview(index.inputs[0]);

/** The one number that fills a node, if the graph says so. */
export function constantValue(node: Node): number | null {
  if (node.op === "constant") {
    const first = node.attrs.data[0];
    if (node.attrs.data.length > 4096) return null;
    for (const value of node.attrs.data) if (!Object.is(value, first)) return null;
    return first;
  }
  return node.op === "broadcast" || node.op === "reshape" || node.op === "transpose" || node.op === "slice"
    ? constantValue(node.inputs[0])
    : null;
}

/** A copy of a value in memory of its own: a cast to the dtype that it has, in the place of the value in every order. */
export const copyOf = (node: Node): Node => remake(applyOp(OPS.cast, [node], { dtype: node.dtype }), { id: node.id, name: node.name });
