/**
 * From the instances of a set to one code, whatever their order: poolings without parameters. Instances are f32 [B, L, F], and `mask` i32 [B, L]
 * is not 0 where there is one. A set without instances gets zeros, so that unused places of a batch stay finite.
 */
import {
  constant,
  div,
  GraphError,
  log,
  logSumExp,
  maximum,
  mul,
  type Node,
  notEqual,
  reduceMax,
  reshape,
  select,
  sub,
  sum,
} from "../../graph/index.ts";
import { checkRange, describe, POSITIVE } from "../ranges.ts";

/** A logit of which softmax makes 0, beside any other. */
export const NO_INSTANCE = -1e9;

/** The sum over the instances: [B, L, F] -> [B, F]. */
export function sumOverInstances(instances: Node, mask: Node): Node {
  checkInstances("sumOverInstances", instances, mask);
  return sum(select(column(mask), instances, 0), 1);
}

/** The mean over the instances: [B, L, F] -> [B, F]. */
export function meanOverInstances(instances: Node, mask: Node): Node {
  checkInstances("meanOverInstances", instances, mask);
  return div(sumOverInstances(instances, mask), maximum(countOf(mask), 1));
}

/** The largest of each feature over the instances: [B, L, F] -> [B, F]. */
export function maxOverInstances(instances: Node, mask: Node): Node {
  checkInstances("maxOverInstances", instances, mask);
  return orZero(mask, reduceMax(select(column(mask), instances, Number.NEGATIVE_INFINITY), 1));
}

/**
 * 1/r log(1/n sum_l exp(r h_l)) of each feature (Pinheiro and Collobert, arXiv:1411.6228, Eq. 6): between the mean (r near 0) and the largest (r large).
 * [B, L, F] -> [B, F]
 */
export function logSumExpOverInstances(instances: Node, mask: Node, { r = 1 }: { readonly r?: number } = {}): Node {
  checkInstances("logSumExpOverInstances", instances, mask);
  checkRange("logSumExpOverInstances", POSITIVE, { r });
  const total = logSumExp(select(column(mask), mul(instances, r), NO_INSTANCE), 1);
  return orZero(mask, mul(sub(total, log(maximum(countOf(mask), 1))), 1 / r));
}

/** Instances that are not f32 [B, L, F], or a mask of another shape: GraphError. */
export function checkInstances(where: string, instances: Node, mask: Node): void {
  if (instances.dtype !== "f32" || instances.shape.length !== 3)
    throw new GraphError(`${where}: expected instances of f32 [B, L, F], got ${describe(instances)}`);
  const [bags, length] = instances.shape;
  if (describe(mask) !== `i32 [${bags}, ${length}]`)
    throw new GraphError(`${where}: expected a mask of i32 [${bags}, ${length}], got ${describe(mask)}`);
}

/** [B, L] -> [B, L, 1] */
export const column = (mask: Node): Node => reshape(mask, [...mask.shape, 1]);

/** Instances of each set: f32 [B, 1]. */
const countOf = (mask: Node): Node => sum(select(mask, constant(1), constant(0)), 1, { keepDims: true });

const orZero = (mask: Node, code: Node): Node => select(notEqual(countOf(mask), 0), code, 0);
