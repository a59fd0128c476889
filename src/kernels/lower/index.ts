/** Group -> kernel, by the heavy op that it is built around. */
import type { NameOf } from "../../graph/index.ts";
import type { NodeOf } from "../../graph/node.ts";
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
import { lowerScatter } from "./scatter.ts";
import { lowerPoolIndex, lowerUnpool } from "./window.ts";

type Lowering = (context: LowerContext) => Kernel;

/** The kernel of a group, or null for a group that only orders others. */
export function lower(group: Group, options: BuilderOptions, target: Target): Kernel | null {
  if (group.kind === "concat") return null;
  const context = contextOf(group, options, target);
  return (group.kind === "elementwise" ? lowerElementwise : LOWERINGS[group.kind])(context);
}

/** A heavy op that is missing here is a compile error. */
const LOWERINGS: { readonly [K in NameOf<"heavy">]: Lowering } = {
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
