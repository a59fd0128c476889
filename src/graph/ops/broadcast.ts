/** broadcast and sum: each is the other's adjoint. */
import { sizeOf, type DType, type Node, type Shape } from "../node.ts";
import { defineOp, type Heavy, type Movement } from "../op.ts";
import { checkArity, checkAxes, fail, shapeText } from "./common/checks.ts";
import { reshape } from "./movement.ts";
import { constant } from "./sources.ts";
import { forEachIndex, readStrided, reducedStrides, stridesOf } from "./common/strides.ts";

/** NumPy's rule: shapes are aligned on the right, and an extent of 1 (or a missing one) repeats. */
export const broadcast: Movement<"broadcast"> = defineOp({
  name: "broadcast",
  kind: "movement",
  infer: (inputs, { shape }) => {
    checkArity(inputs, 1);
    const [x] = inputs;
    const lead = shape.length - x.shape.length;
    const fits = lead >= 0 && x.shape.every((extent, axis) => extent === 1 || extent === shape[lead + axis]);
    if (!fits) fail(`${shapeText(x.shape)} does not broadcast to ${shapeText(shape)}`);
    return { shape, dtype: x.dtype };
  },
  reference: ([x], { shape }) => readStrided(x.data, shape, broadcastStrides(x.shape, shape)),
  vjp: ([x], { shape }, dy) => {
    const lead = shape.length - x.shape.length;
    const axes = shape.map((_, axis) => axis).filter((axis) => axis < lead || x.shape[axis - lead] !== shape[axis]);
    const total = axes.length > 0 ? sum(dy, { axes }) : dy;
    return [total.shape.length === x.shape.length ? total : reshape(total, { shape: x.shape })];
  },
  domain: [{ low: -100, high: 100 }],
  tolerance: 0,
  keepsFinite: true,
  cost: 0,
});

/** Adds up along `axes` and removes them. */
export const sum: Heavy<"sum"> = defineOp({
  name: "sum",
  kind: "heavy",
  infer: (inputs, { axes }) => {
    checkArity(inputs, 1);
    const [x] = inputs;
    checkAxes(x.shape, axes);
    return { shape: x.shape.filter((_, axis) => !axes.includes(axis)), dtype: x.dtype };
  },
  reference: ([x], { axes }, out) => {
    const data = new Float64Array(sizeOf(out.shape));
    forEachIndex(x.shape, reducedStrides(x.shape, axes), 0, (i, at) => {
      data[at] += x.data[i];
    });
    return out.dtype === "i32" ? data.map((value) => value | 0) : data;
  },
  vjp: ([x], { attrs }, dy) => [spread(dy, x.shape, attrs.axes)],
  domain: [{ low: -100, high: 100 }],
  tolerance: 1e-6,
  keepsFinite: false,
  epilogue: true,
  prologue: true,
  multiplyAdds: null,
});

/** Undoes the removal of `axes`: y, repeated along them to `shape`. */
export function spread(y: Node, shape: Shape, axes: readonly number[]): Node {
  const kept = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const aligned = axes.every((axis, i) => axis === i);
  return broadcast(aligned ? y : reshape(y, { shape: kept }), { shape });
}

/** One value everywhere. */
export function full(shape: Shape, value: number, dtype: DType = "f32"): Node {
  const scalar = constant({ shape: [], dtype, data: [value] });
  return shape.length === 0 ? scalar : broadcast(scalar, { shape });
}

function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const lead = to.length - from.length;
  return to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : strides[axis - lead]));
}
