/** Settings of sliding windows as people write them, and as the ops take them. */
import { mistake, type Padding, type Pair } from "../node.ts";
import { shapeText } from "../ops/common/checks.ts";

/** One number for both axes, or [vertical, horizontal]. */
export type PairOption = number | Pair;

/** For all sides, for [vertical, horizontal], for [top, bottom, left, right], or TensorFlow's SAME: ceil(extent / stride) outputs. */
export type PaddingOption = number | Pair | Padding | "same";

/** The setting of a function for both axes: whole numbers of at least `least`. */
export function pairOf(name: string, setting: string, option: PairOption, least: number): Pair {
  const pair: unknown = typeof option === "number" ? [option, option] : option;
  if (!isPair(pair)) return mistake(name, `expected one or two numbers for ${setting}, got ${listText(pair)}`);
  checkWhole(name, setting, pair, least);
  return pair;
}

const listText = (value: unknown): string => (Array.isArray(value) ? shapeText(value) : JSON.stringify(value));
const isPair = (value: unknown): value is Pair => Array.isArray(value) && value.length === 2;

function checkWhole(name: string, setting: string, list: readonly number[], least: number): void {
  if (!list.every((value) => Number.isInteger(value) && value >= least))
    mistake(name, `${setting} must be integers of at least ${least}, got ${shapeText(list)}`);
}

export interface Geometry {
  readonly input: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
}

export function paddingOf(name: string, option: PaddingOption, geometry: Geometry): Padding {
  if (option === "same") return samePadding(geometry);
  const list: readonly number[] = typeof option === "number" ? [option, option] : option;
  checkWhole(name, "padding", list, 0);
  if (list.length === 2) return [list[0], list[0], list[1], list[1]];
  if (list.length !== 4) mistake(name, "expected padding as one, two or four numbers");
  return [list[0], list[1], list[2], list[3]];
}

/** Elements that a window reaches over: dilation (kernel - 1) + 1. */
export const reachOf = ({ kernel, dilation }: Geometry, axis: 0 | 1): number => dilation[axis] * (kernel[axis] - 1) + 1;

/** At least one window lies in the padded image. */
export function checkFit(name: string, padding: Padding, geometry: Geometry): void {
  const { input, kernel, dilation } = geometry;
  for (const axis of [0, 1] as const)
    if (reachOf(geometry, axis) > input[axis] + padding[2 * axis] + padding[2 * axis + 1])
      mistake(
        name,
        `a window of ${shapeText(kernel)} with dilation ${shapeText(dilation)} does not fit into ${shapeText(input)} with padding ${shapeText(padding)}`,
      );
}

/** The odd element goes to the bottom and to the right, as TensorFlow has it. */
function samePadding(geometry: Geometry): Padding {
  const { input, stride } = geometry;
  const sides = ([0, 1] as const).map((axis) => {
    const outputs = Math.ceil(input[axis] / stride[axis]);
    const total = Math.max((outputs - 1) * stride[axis] + reachOf(geometry, axis) - input[axis], 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  return [sides[0][0], sides[0][1], sides[1][0], sides[1][1]];
}

/** More padding at the bottom and right, such that the last, incomplete window counts too (PyTorch's ceil_mode). */
export function ceilPadding(padding: Padding, geometry: Geometry): Padding {
  const { input, stride } = geometry;
  const more = ([0, 1] as const).map((axis) => {
    const [before, after] = [padding[2 * axis], padding[2 * axis + 1]];
    const reach = reachOf(geometry, axis);
    const steps = Math.ceil((input[axis] + before + after - reach) / stride[axis]);
    // A last window that begins in the padding after the image is dropped.
    const last = steps * stride[axis] >= input[axis] + before ? steps - 1 : steps;
    return Math.max(after, last * stride[axis] + reach - input[axis] - before);
  });
  return [padding[0], more[0], padding[2], more[1]];
}
