/** Group -> kernel, by the heavy op that it is built around. */
import type { NodeOf, OpName } from "../../graph/node.ts";
import type { BuilderOptions } from "../wgsl/builder.ts";
import type { Group } from "../group/group.ts";
import { lowerConv, lowerInputGrad, lowerWeightGrad } from "./conv.ts";
import { isDepthwise, lowerDepthwise } from "./depthwise.ts";
import { lowerElementwise } from "./elementwise.ts";
import { contextOf, type Kernel, type LowerContext, type Target } from "./kernel.ts";
import { lowerMatmul } from "./matmul.ts";
import { lowerReduce } from "./reduce.ts";
import { lowerFold, lowerUnfold } from "./unfold.ts";
import { lowerWinogradInverse, lowerWinogradTransform } from "./winograd.ts";
import { lowerPoolIndex, lowerScatter, lowerUnpool } from "./window.ts";

/** Ops that are computed inside other kernels, are memory themselves, or (concat) are laid out by the schedule. */
type WithoutKernel =
  | "input"
  | "variable"
  | "constant"
  | "iota"
  | "random"
  | "neg"
  | "abs"
  | "sign"
  | "floor"
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "maximum"
  | "minimum"
  | "less"
  | "lessEqual"
  | "equal"
  | "select"
  | "cast"
  | "stopGradient"
  | "isFinite"
  | "relu"
  | "exp"
  | "log"
  | "expm1"
  | "log1p"
  | "sqrt"
  | "rsqrt"
  | "pow"
  | "sin"
  | "cos"
  | "tanh"
  | "sigmoid"
  | "softplus"
  | "erf"
  | "reshape"
  | "transpose"
  | "broadcast"
  | "slice"
  | "pad"
  | "concat"
  | "reverse"
  | "gather"
  | "poolGather";

type Lowering = (context: LowerContext) => Kernel;

/** An op that is neither inline nor here does not compile. */
const LOWERINGS: { readonly [K in Exclude<OpName, WithoutKernel>]: Lowering } = {
  matmul: lowerMatmul,
  conv2d: (context) => (isDepthwise(context.group.heavy as NodeOf<"conv2d">) ? lowerDepthwise : lowerConv)(context),
  conv2dInputGrad: (context) => (isDepthwise(context.group.heavy as NodeOf<"conv2dInputGrad">) ? lowerDepthwise : lowerInputGrad)(context),
  conv2dWeightGrad: lowerWeightGrad,
  unfold: lowerUnfold,
  fold: lowerFold,
  winogradTransform: lowerWinogradTransform,
  winogradInverse: lowerWinogradInverse,
  sum: lowerReduce,
  reduceMax: lowerReduce,
  argmax: lowerReduce,
  maxPoolIndex: lowerPoolIndex,
  maxUnpool: lowerUnpool,
  scatterAdd: lowerScatter,
};

/** The kernel of a group, or null for a group that only orders others. */
export function lower(group: Group, options: BuilderOptions, target: Target): Kernel | null {
  if (group.stores.length === 0) return null;
  const context = contextOf(group, options, target);
  if (group.kind === "elementwise") return lowerElementwise(context);
  const lowering = (LOWERINGS as Partial<Record<OpName, Lowering>>)[group.kind];
  if (!lowering) throw new Error(`intarsia: no lowering for ${group.kind}`);
  return lowering(context);
}
