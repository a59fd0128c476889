/** Settings of sliding windows as people write them, and as the ops take them. */
import type { Padding, Pair } from "../node.ts";
import { mistake } from "./values.ts";

/** One number for both axes, or [vertical, horizontal]. */
export type PairOption = number | Pair;

/** For all sides, for [vertical, horizontal], for [top, bottom, left, right], or TensorFlow's SAME: ceil(extent / stride) outputs. */
export type PaddingOption = number | Pair | Padding | "same";

export const pairOf = (option: PairOption): Pair => (typeof option === "number" ? [option, option] : option);

export interface Geometry {
  readonly input: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
}

export function paddingOf(name: string, option: PaddingOption, geometry: Geometry): Padding {
  if (option === "same") return samePadding(geometry);
  if (typeof option === "number") return [option, option, option, option];
  if (option.length === 2) return [option[0], option[0], option[1], option[1]];
  return option.length === 4 ? option : mistake(name, "expected padding as one, two or four numbers");
}

/** The odd element goes to the bottom and to the right, as TensorFlow has it. */
function samePadding({ input, kernel, stride, dilation }: Geometry): Padding {
  const sides = ([0, 1] as const).map((axis) => {
    const outputs = Math.ceil(input[axis] / stride[axis]);
    const total = Math.max((outputs - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 - input[axis], 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  return [sides[0][0], sides[0][1], sides[1][0], sides[1][1]];
}

/** More padding at the bottom and right, such that the last, incomplete window counts too (PyTorch's ceil_mode). */
export function ceilPadding(padding: Padding, { input, kernel, stride, dilation }: Geometry): Padding {
  const more = ([0, 1] as const).map((axis) => {
    const [before, after] = [padding[2 * axis], padding[2 * axis + 1]];
    const reach = dilation[axis] * (kernel[axis] - 1) + 1;
    const steps = Math.ceil((input[axis] + before + after - reach) / stride[axis]);
    // A last window that begins in the padding after the image is dropped.
    const last = steps * stride[axis] >= input[axis] + before ? steps - 1 : steps;
    return Math.max(after, last * stride[axis] + reach - input[axis] - before);
  });
  return [padding[0], more[0], padding[2], more[1]];
}
