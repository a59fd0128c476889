/** gather and scatterAdd along one axis: each is the other's adjoint. */
import { sizeOf, type Shape, type Node } from "../node.ts";
import { defineOp, type Heavy, type Lookup } from "../op.ts";
import { checkArity, checkAxis, checkDType, fail, sameShape, shapeText } from "./common/checks.ts";

const INDEX = { low: -2, high: 2 ** 24 };

/** x, index (i32) -> index's shape: y[.., j, ..] = x[.., index[.., j, ..], ..] along `axis`; an index outside x reads 0. */
export const gather: Lookup<"gather"> = defineOp({
  name: "gather",
  kind: "lookup",
  infer: (inputs, { axis }) => {
    checkArity(inputs, 2);
    const [x, index] = inputs;
    checkIndex(x, index, axis);
    return { shape: index.shape, dtype: x.dtype };
  },
  reference: ([x, index], { axis }, out) => {
    const data = new Float64Array(sizeOf(out.shape));
    forEachEntry(out.shape, axis, x.shape[axis], index.data, (i, at) => {
      data[i] = x.data[at];
    });
    return data;
  },
  vjp: ([x, index], { attrs: { axis } }, dy) => [scatterAdd(dy, index, { axis, size: x.shape[axis] }), null],
  domain: [{ low: -100, high: 100 }, INDEX],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

/** src, index (i32) of one shape -> that shape with `size` along `axis`: y[.., index[.., j, ..], ..] += src[.., j, ..], j upwards. */
export const scatterAdd: Heavy<"scatterAdd"> = defineOp({
  name: "scatterAdd",
  kind: "heavy",
  infer: (inputs, { axis, size, lost }) => {
    checkArity(inputs, 2);
    const [src, index] = inputs;
    checkIndex(src, index, axis);
    if (!sameShape(src.shape, index.shape)) fail(`shapes differ: ${shapeText(src.shape)} and ${shapeText(index.shape)}`);
    return { shape: src.shape.map((extent, i) => (i === axis ? (lost ? 2 * size : size) : extent)), dtype: src.dtype };
  },
  reference: ([src, index], { axis, size, lost }, out) => {
    const data = new Float64Array(sizeOf(out.shape));
    const inner = sizeOf(src.shape.slice(axis + 1));
    forEachEntry(src.shape, axis, size, index.data, (i, at) => {
      data[lost ? at + Math.floor(at / (size * inner)) * size * inner : at] += src.data[i];
    });
    return out.dtype === "i32" ? data.map((value) => value | 0) : data;
  },
  vjp: ([, index], { attrs: { axis } }, dy) => [gather(dy, index, { axis }), null],
  domain: [{ low: -100, high: 100 }, INDEX],
  tolerance: 1e-6,
  keepsFinite: false,
  epilogue: false,
  prologue: false,
  multiplyAdds: null,
});

function checkIndex(x: Node, index: Node, axis: number): void {
  checkDType(index, "i32", "index");
  checkAxis(x.shape, axis);
  const expected = x.shape.map((extent, i) => (i === axis ? index.shape[i] : extent));
  if (!sameShape(expected, index.shape))
    fail(`${shapeText(x.shape)} and the index ${shapeText(index.shape)} do not agree off axis ${axis}`);
}

/** Visits each entry of `shape` whose index is inside 0..size-1: its number, and the position in a tensor of `size` along `axis`. */
function forEachEntry(shape: Shape, axis: number, size: number, index: Float64Array, visit: (i: number, at: number) => void): void {
  const inner = sizeOf(shape.slice(axis + 1));
  index.forEach((target, i) => {
    if (target >= 0 && target < size) visit(i, (Math.floor(i / (inner * shape[axis])) * size + target) * inner + (i % inner));
  });
}
