/** The registry: one literal per op. An op that is missing here is a compile error. */
import type { OpName } from "../node.ts";
import type { OpDef, OpKind } from "../op.ts";
import * as activation from "./activation.ts";
import * as arithmetic from "./arithmetic.ts";
import { broadcast, sum } from "./broadcast.ts";
import * as comparison from "./comparison.ts";
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from "./conv.ts";
import { gather, scatterAdd } from "./indexing.ts";
import { matmul } from "./matmul.ts";
import * as movement from "./movement.ts";
import { maxPoolIndex, maxUnpool, poolGather } from "./pool.ts";
import { argmax, reduceMax } from "./reduce.ts";
import { constant, input, iota, random, variable } from "./sources.ts";
import * as transcendental from "./transcendental.ts";
import { fold, unfold } from "./unfold.ts";
import { winogradInverse, winogradTransform } from "./winograd.ts";

const LITERALS = {
  input: input.def,
  variable: variable.def,
  constant: constant.def,
  iota: iota.def,
  random: random.def,
  neg: arithmetic.neg.def,
  abs: arithmetic.abs.def,
  sign: arithmetic.sign.def,
  floor: arithmetic.floor.def,
  add: arithmetic.add.def,
  sub: arithmetic.sub.def,
  mul: arithmetic.mul.def,
  div: arithmetic.div.def,
  maximum: arithmetic.maximum.def,
  minimum: arithmetic.minimum.def,
  less: comparison.less.def,
  lessEqual: comparison.lessEqual.def,
  equal: comparison.equal.def,
  select: comparison.select.def,
  cast: comparison.cast.def,
  stopGradient: comparison.stopGradient.def,
  isFinite: comparison.isFinite.def,
  relu: activation.relu.def,
  exp: transcendental.exp.def,
  log: transcendental.log.def,
  expm1: transcendental.expm1.def,
  log1p: transcendental.log1p.def,
  sqrt: transcendental.sqrt.def,
  rsqrt: transcendental.rsqrt.def,
  pow: transcendental.pow.def,
  sin: transcendental.sin.def,
  cos: transcendental.cos.def,
  tanh: transcendental.tanh.def,
  erf: transcendental.erf.def,
  sigmoid: activation.sigmoid.def,
  softplus: activation.softplus.def,
  sum: sum.def,
  reduceMax: reduceMax.def,
  argmax: argmax.def,
  reshape: movement.reshape.def,
  transpose: movement.transpose.def,
  broadcast: broadcast.def,
  slice: movement.slice.def,
  pad: movement.pad.def,
  concat: movement.concat.def,
  reverse: movement.reverse.def,
  matmul: matmul.def,
  conv2d: conv2d.def,
  conv2dInputGrad: conv2dInputGrad.def,
  conv2dWeightGrad: conv2dWeightGrad.def,
  unfold: unfold.def,
  fold: fold.def,
  winogradTransform: winogradTransform.def,
  winogradInverse: winogradInverse.def,
  maxPoolIndex: maxPoolIndex.def,
  poolGather: poolGather.def,
  maxUnpool: maxUnpool.def,
  gather: gather.def,
  scatterAdd: scatterAdd.def,
};

export const OPS: { readonly [K in OpName]: OpDef<K> } = LITERALS;

/** The ops of one kind. */
export type NameOf<Kind extends OpKind> = { [K in Literal]: (typeof LITERALS)[K]["kind"] extends Kind ? K : never }[Literal];

type Literal = keyof typeof LITERALS;
