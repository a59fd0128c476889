/** Cross entropy over classes, as torch.nn.functional.cross_entropy. */
import {
  add,
  div,
  equal,
  exp,
  flatten,
  GraphError,
  iota,
  less,
  lessEqual,
  log,
  logSoftmax,
  maximum,
  mean,
  mul,
  neg,
  notEqual,
  ones,
  reduceMax,
  reshape,
  select,
  softplus,
  stopGradient,
  sub,
  sum,
  take,
  unsqueeze,
  type Node,
} from "../../graph/index.ts";
import { checkRange, describe, FINITE, shapeText, UNIT } from "../ranges.ts";
import { checkReduction, type LossOptions } from "./elementwise.ts";

export interface CrossEntropyOptions extends LossOptions {
  /** e mixes the target with the uniform distribution: 1 - e of the target, e / C of every class. In [0, 1]. Default: 0. */
  readonly labelSmoothing?: number;
  /** Of each class, f32 [C]; the mean over labels divides by the sum of their weights. Default: 1. */
  readonly weight?: Node;
  /** Elements with this label count nothing, in the mean too. Labels only. Default: -100. */
  readonly ignoreIndex?: number;
}

/**
 * -sum_c target_c weight_c log softmax(x)_c over the classes: logits [N, C, ...] -> per element [N, ...]. The target is
 *   labels [N, ...] i32 in 0..C-1: mean = sum of the losses / sum of weight[label] over what is not ignored, NaN if all is ignored; or
 *   probabilities [N, C, ...] f32: mean = sum of the losses / number of elements.
 * A label outside is an error where it is a constant; on the device the loss and its gradient are NaN there, which `guardFinite` sees.
 * A class of which nothing is asked counts nothing, even where its logit is -infinity.
 */
export function crossEntropy(x: Node, target: Node, options: CrossEntropyOptions = {}): Node {
  const { labelSmoothing = 0, reduction = "mean", weight, ignoreIndex = -100 } = options;
  check(x, target, options);
  const classes = x.shape[1];
  const overall = (): Node => neg(logSoftmax(x, 1));
  const perClass = weight && reshape(weight, [classes, ...x.shape.slice(2).map(() => 1)]);
  if (target.dtype === "f32") {
    const smooth = labelSmoothing === 0 ? target : add(mul(target, 1 - labelSmoothing), labelSmoothing / classes);
    const asked = perClass ? mul(smooth, perClass) : smooth;
    const loss = sum(select(equal(asked, 0), 0, mul(asked, overall())), 1);
    return reduction === "none" ? loss : reduction === "sum" ? sum(loss) : mean(loss);
  }
  const kept = notEqual(target, ignoreIndex);
  const share = weight ? reshape(take(weight, flatten(target, 0), 0), target.shape) : ones(target.shape);
  const chosen = mul(labelLoss(x, target, ignoreIndex), share);
  const uniform = (): Node => mul(sum(perClass ? mul(overall(), perClass) : overall(), 1), labelSmoothing / classes);
  const each = labelSmoothing === 0 ? chosen : labelSmoothing === 1 ? uniform() : add(mul(chosen, 1 - labelSmoothing), uniform());
  const loss = select(kept, each, 0);
  if (reduction === "none") return loss;
  return reduction === "sum" ? sum(loss) : div(sum(loss), sum(select(kept, share, 0)));
}

/** Below every other f32, so that the maximum passes it by; a row of nothing else still has a finite one. */
const LOWEST = -3.4028234663852886e38;

/**
 * -log softmax(x)_t = softplus(z) with z = log(sum of exp(x_c) over c != t) - x_t: value and gradient, the sigmoid of z, keep their digits
 * where the label is nearly certain. 0 where there is no other class than t. NaN where t is no class, and where PyTorch has it: for an
 * infinite maximum, or nothing but -infinity. `ignored` is a label as good as a class here.
 */
function labelLoss(x: Node, target: Node, ignored: number): Node {
  const isLabel = equal(unsqueeze(target, 1), iota(x.shape, 1));
  const own = sum(select(isLabel, x, 0), 1);
  const largest = stopGradient(reduceMax(select(isLabel, LOWEST, x), 1));
  const others = sum(exp(select(isLabel, LOWEST, sub(x, unsqueeze(largest, 1)))), 1);
  const alone = equal(others, 0);
  const z = add(sub(largest, own), log(select(alone, 1, others)));
  const isClass = maximum(mul(lessEqual(0, target), less(target, x.shape[1])), equal(target, ignored));
  const hasSoftmax = mul(less(own, Number.POSITIVE_INFINITY), maximum(notEqual(others, 0), less(Number.NEGATIVE_INFINITY, own)));
  // WGSL has no NaN to write down, but the logarithm of -1 is one.
  const oneOrNaN = add(log(select(mul(isClass, hasSoftmax), 1, -1)), 1);
  return mul(select(alone, 0, softplus(z)), oneOrNaN);
}

function check(x: Node, target: Node, { labelSmoothing, reduction, weight, ignoreIndex }: CrossEntropyOptions): void {
  const fail = (message: string): never => {
    throw new GraphError(`crossEntropy: ${message}`);
  };
  if (x.dtype !== "f32" || x.shape.length < 2) fail(`expected logits of f32 [N, C, ...], got ${describe(x)}`);
  const [batch, classes, ...rest] = x.shape;
  const labels = `i32 [${[batch, ...rest].join(", ")}]`;
  const probabilities = `f32 ${shapeText(x)}`;
  if (describe(target) !== labels && describe(target) !== probabilities)
    fail(`expected labels of ${labels} or probabilities of ${probabilities} for logits of ${shapeText(x)}, got ${describe(target)}`);
  checkRange("crossEntropy", UNIT, { labelSmoothing });
  checkReduction("crossEntropy", reduction);
  if (weight && describe(weight) !== `f32 [${classes}]`) fail(`expected a weight of f32 [${classes}], got ${describe(weight)}`);
  if (weight) numbersOf(weight).forEach((value) => void checkRange("crossEntropy", FINITE, { weight: value }));
  if (ignoreIndex !== undefined && !Number.isInteger(ignoreIndex)) fail(`expected a whole number for ignoreIndex, got ${ignoreIndex}`);
  if (target.dtype === "f32") {
    if (ignoreIndex !== undefined) fail("ignoreIndex belongs to labels; the target holds probabilities");
    return;
  }
  const wrong = numbersOf(target).find((label) => label !== (ignoreIndex ?? -100) && !(label >= 0 && label < classes));
  if (wrong !== undefined) fail(`label ${wrong} is outside 0..${classes - 1}`);
}

/** The numbers of a constant, however it is laid out; none where they are known only on the device. */
function numbersOf(node: Node): readonly number[] {
  if (node.op === "constant") return Array.from(node.attrs.data);
  return node.op === "reshape" || node.op === "broadcast" ? numbersOf(node.inputs[0]) : [];
}
