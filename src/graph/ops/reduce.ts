/** Reductions other than sum. */
import { sizeOf } from "../node.ts";
import { defineOp, type Heavy } from "../op.ts";
import { div, mul } from "./arithmetic.ts";
import { spread, sum } from "./broadcast.ts";
import { checkArity, checkAxes, checkAxis } from "./common/checks.ts";
import { forEachIndex, reducedStrides } from "./common/strides.ts";
import { cast, equal } from "./comparison.ts";

/** The largest element along `axes`, which are removed; NaN where one is NaN. Elements that tie share the gradient evenly. */
export const reduceMax: Heavy<"reduceMax"> = defineOp({
  name: "reduceMax",
  kind: "heavy",
  infer: (inputs, { axes }) => {
    checkArity(inputs, 1);
    const [x] = inputs;
    checkAxes(x.shape, axes);
    return { shape: x.shape.filter((_, axis) => !axes.includes(axis)), dtype: x.dtype };
  },
  reference: ([x], { axes }, out) => {
    const data = new Float64Array(sizeOf(out.shape)).fill(Number.NEGATIVE_INFINITY);
    forEachIndex(x.shape, reducedStrides(x.shape, axes), 0, (i, at) => {
      data[at] = Math.max(data[at], x.data[i]);
    });
    return data;
  },
  vjp: ([x], y, dy) => {
    const { axes } = y.attrs;
    const ties = cast(equal(x, spread(y, x.shape, axes)), "f32");
    const share = div(dy, sum(ties, { axes }));
    return [mul(ties, spread(share, x.shape, axes))];
  },
  domain: [{ low: -100, high: 100 }],
  tolerance: 0,
  keepsFinite: true,
  epilogue: true,
  prologue: true,
  multiplyAdds: null,
});

/** i32 index of the first NaN, else of the first largest element along `axis`, which is removed. */
export const argmax: Heavy<"argmax"> = defineOp({
  name: "argmax",
  kind: "heavy",
  infer: (inputs, { axis }) => {
    checkArity(inputs, 1);
    const [x] = inputs;
    checkAxis(x.shape, axis);
    return { shape: x.shape.filter((_, i) => i !== axis), dtype: "i32" };
  },
  reference: ([x], { axis }, out) => {
    const best = new Float64Array(sizeOf(out.shape)).fill(Number.NEGATIVE_INFINITY);
    const index = new Float64Array(sizeOf(out.shape));
    const inner = x.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
    forEachIndex(x.shape, reducedStrides(x.shape, [axis]), 0, (i, at) => {
      if (x.data[i] <= best[at] || Number.isNaN(best[at])) return;
      best[at] = x.data[i];
      index[at] = Math.floor(i / inner) % x.shape[axis];
    });
    return index;
  },
  vjp: null,
  domain: [{ low: -100, high: 100 }],
  tolerance: 0,
  keepsFinite: true,
  epilogue: false,
  prologue: true,
  multiplyAdds: null,
});
