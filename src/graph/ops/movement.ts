/** Ops that move elements and compute nothing. slice and pad, concat and slice are each other's adjoints. */
import { sizeOf } from "../node.ts";
import { defineOp, type Layout, type Movement } from "../op.ts";
import { checkArity, checkAxes, checkAxis, checkLength, fail, sameShape, shapeText } from "./common/checks.ts";
import { readStrided, stridesOf, writeStrided } from "./common/strides.ts";

const ANY = [{ low: -100, high: 100 }];

/** Same elements in row-major order, other extents. */
export const reshape: Movement<"reshape"> = defineOp({
  name: "reshape",
  kind: "movement",
  infer: (inputs, { shape }) => {
    checkArity(inputs, 1);
    const [x] = inputs;
    if (sizeOf(x.shape) !== sizeOf(shape)) fail(`${shapeText(x.shape)} does not hold as many elements as ${shapeText(shape)}`);
    return { shape, dtype: x.dtype };
  },
  reference: ([x]) => x.data,
  vjp: ([x], _, dy) => [reshape(dy, { shape: x.shape })],
  domain: ANY,
  tolerance: 0,
  keepsFinite: true,
  cost: 0,
});

/** y's axis i is x's axis perm[i]. */
export const transpose: Movement<"transpose"> = defineOp({
  name: "transpose",
  kind: "movement",
  infer: (inputs, { perm }) => {
    checkArity(inputs, 1);
    const [x] = inputs;
    const isPermutation = perm.length === x.shape.length && x.shape.every((_, axis) => perm.includes(axis));
    if (!isPermutation) fail(`${shapeText(perm)} is not a permutation of the axes of ${shapeText(x.shape)}`);
    return { shape: perm.map((axis) => x.shape[axis]), dtype: x.dtype };
  },
  reference: ([x], { perm }, out) => {
    const strides = stridesOf(x.shape);
    return readStrided(
      x.data,
      out.shape,
      perm.map((axis) => strides[axis]),
    );
  },
  vjp: (_, { attrs }, dy) => [transpose(dy, { perm: attrs.perm.map((__, axis) => attrs.perm.indexOf(axis)) })],
  domain: ANY,
  tolerance: 0,
  keepsFinite: true,
  cost: 0,
});

/** Elements start, start + step, ... below end, along every axis. */
export const slice: Movement<"slice"> = defineOp({
  name: "slice",
  kind: "movement",
  infer: (inputs, { start, end, step }) => {
    checkArity(inputs, 1);
    const [x] = inputs;
    checkLength("start", start, x.shape.length, 0);
    checkLength("end", end, x.shape.length, 0);
    checkLength("step", step, x.shape.length, 1);
    const inside = x.shape.every((extent, axis) => start[axis] < end[axis] && end[axis] <= extent);
    if (!inside) fail(`${shapeText(start)} to ${shapeText(end)} is empty or outside ${shapeText(x.shape)}`);
    return { shape: x.shape.map((_, axis) => Math.ceil((end[axis] - start[axis]) / step[axis])), dtype: x.dtype };
  },
  reference: ([x], { start, step }, out) => {
    const strides = stridesOf(x.shape);
    const offset = start.reduce((sum, first, axis) => sum + first * strides[axis], 0);
    return readStrided(
      x.data,
      out.shape,
      strides.map((stride, axis) => stride * step[axis]),
      offset,
    );
  },
  vjp: ([x], { attrs: { start, step }, shape }, dy) => {
    const last = shape.map((extent, axis) => start[axis] + (extent - 1) * step[axis]);
    const high = x.shape.map((extent, axis) => extent - 1 - last[axis]);
    return [pad(dy, { low: start, high, interior: step.map((width) => width - 1), value: 0 })];
  },
  domain: ANY,
  tolerance: 0,
  keepsFinite: true,
  cost: 0,
});

/** `interior` copies of `value` between neighbours, then `low` before and `high` after, along every axis. */
export const pad: Movement<"pad"> = defineOp({
  name: "pad",
  kind: "movement",
  infer: (inputs, { low, high, interior }) => {
    checkArity(inputs, 1);
    const [x] = inputs;
    checkLength("low", low, x.shape.length, 0);
    checkLength("high", high, x.shape.length, 0);
    checkLength("interior", interior, x.shape.length, 0);
    const shape = x.shape.map((extent, axis) => low[axis] + (extent - 1) * (interior[axis] + 1) + 1 + high[axis]);
    return { shape, dtype: x.dtype };
  },
  reference: ([x], { low, interior, value }, out) => {
    const data = new Float64Array(sizeOf(out.shape)).fill(value);
    const strides = stridesOf(out.shape);
    const offset = low.reduce((sum, first, axis) => sum + first * strides[axis], 0);
    writeStrided(
      data,
      x.data,
      x.shape,
      strides.map((stride, axis) => stride * (interior[axis] + 1)),
      offset,
    );
    return data;
  },
  vjp: ([x], { attrs: { low, interior } }, dy) => {
    const step = interior.map((width) => width + 1);
    const end = x.shape.map((extent, axis) => low[axis] + (extent - 1) * step[axis] + 1);
    return [slice(dy, { start: low, end, step })];
  },
  domain: ANY,
  tolerance: 0,
  keepsFinite: false,
  cost: 1,
});

/** Inputs one after another along `axis`; their other extents are equal. */
export const concat: Layout<"concat"> = defineOp({
  name: "concat",
  kind: "layout",
  infer: (inputs, { axis }) => {
    if (inputs.length === 0) fail("expected at least one input");
    const [first] = inputs;
    checkAxis(first.shape, axis);
    let extent = 0;
    for (const x of inputs) {
      const fits = sameShape(
        first.shape.map((size, i) => (i === axis ? x.shape[axis] : size)),
        x.shape,
      );
      if (!fits) fail(`${shapeText(first.shape)} and ${shapeText(x.shape)} do not agree off axis ${axis}`);
      if (x.dtype !== first.dtype) fail(`dtypes differ: ${first.dtype} and ${x.dtype}`);
      extent += x.shape[axis];
    }
    return { shape: first.shape.map((size, i) => (i === axis ? extent : size)), dtype: first.dtype };
  },
  reference: (inputs, { axis }, out) => {
    const data = new Float64Array(sizeOf(out.shape));
    const strides = stridesOf(out.shape);
    let at = 0;
    for (const x of inputs) {
      writeStrided(data, x.data, x.shape, strides, at * strides[axis]);
      at += x.shape[axis];
    }
    return data;
  },
  vjp: (inputs, { attrs: { axis }, shape }, dy) => {
    let at = 0;
    return inputs.map((x) => {
      const start = shape.map((_, i) => (i === axis ? at : 0));
      at += x.shape[axis];
      const end = shape.map((extent, i) => (i === axis ? at : extent));
      return slice(dy, { start, end, step: shape.map(() => 1) });
    });
  },
  domain: ANY,
  tolerance: 0,
  keepsFinite: true,
});

/** Last element first, along `axes`. */
export const reverse: Movement<"reverse"> = defineOp({
  name: "reverse",
  kind: "movement",
  infer: (inputs, { axes }) => {
    checkArity(inputs, 1);
    checkAxes(inputs[0].shape, axes);
    return { shape: inputs[0].shape, dtype: inputs[0].dtype };
  },
  reference: ([x], { axes }, out) => {
    const strides = stridesOf(x.shape);
    const offset = axes.reduce((sum, axis) => sum + (x.shape[axis] - 1) * strides[axis], 0);
    return readStrided(
      x.data,
      out.shape,
      strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
      offset,
    );
  },
  vjp: (_, { attrs }, dy) => [reverse(dy, attrs)],
  domain: ANY,
  tolerance: 0,
  keepsFinite: true,
  cost: 0,
});
