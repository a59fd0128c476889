/** The graph language, as everybody else sees it. */
export * from "./functions/activations.ts";
export * from "./functions/conv.ts";
export * from "./functions/elementwise.ts";
export * from "./functions/indexing.ts";
export * from "./functions/matmul.ts";
export * from "./functions/movement.ts";
export * from "./functions/pixels.ts";
export * from "./functions/pool.ts";
export * from "./functions/reduce.ts";
export * from "./functions/resize.ts";
export * from "./functions/softmax.ts";
export * from "./functions/sources.ts";
export * from "./functions/unfold.ts";
export type { PaddingOption, PairOption } from "./functions/window.ts";
export { grad, type GradOptions, type Rules } from "./grad.ts";
export {
  GraphError,
  currentScope,
  scope,
  sizeOf,
  type ConvAttrs,
  type DType,
  type Init,
  type Node,
  type NodeOf,
  type OpAttrs,
  type OpName,
  type Padding,
  type Pair,
  type Role,
  type Shape,
  type WindowAttrs,
} from "./node.ts";
export { owe, owedBy } from "./owed.ts";
export type { OpDef, OpKind, Tensor, Vjp } from "./op.ts";
export type { Binary, Elementwise, Unary, Value } from "./ops/common/elementwise.ts";
export { OPS, type NameOf } from "./ops/index.ts";
export { toDot, toText } from "./print.ts";
export { evaluate, tensor, type EvaluateOptions, type NodeValues } from "./reference.ts";
export { hashPath, initialValue, threefry2x32 } from "./threefry.ts";
