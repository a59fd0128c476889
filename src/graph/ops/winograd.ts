/**
 * Minimal filtering (Winograd 1980; Lavin and Gray, arXiv:1509.09308): a convolution of stride 1 as A^T [(G g G^T) * (B^T d B)] A on tiles
 * of outputs x outputs pixels, with taps x taps weights. The two ops here are the transforms around the batched product; graphs do not
 * use them, the compiler replaces convolutions by them. They have no gradient: convolutions are differentiated before.
 */
import type { Node, OpAttrs } from "../node.ts";
import { defineOp, type Heavy } from "../op.ts";
import { checkArity, checkDType, checkRank, fail } from "./common/checks.ts";

/** Rows of a matrix. */
export type Matrix = readonly (readonly number[])[];

/**
 * Finite points of the interpolation; the last point is at infinity. Among the symmetric sets tried these round best: the root mean square
 * error of F(4, 3) in f32 is half of what 0, 1, -1, 2, -2 give.
 */
const POINTS = [0, 2 / 3, -2 / 3, 3 / 2, -3 / 2];

/** A^T [outputs, size], G [size, taps], B^T [size, size] of F(outputs, taps), size = outputs + taps - 1 (Toom-Cook at POINTS and infinity). */
export function winogradMatrices(outputs: number, taps: number): { readonly AT: Matrix; readonly G: Matrix; readonly BT: Matrix } {
  const size = outputs + taps - 1;
  const points = POINTS.slice(0, size - 1);
  const atInfinity = (row: number, last: number): number => (row === last ? 1 : 0);
  const others = (j: number): number[] => points.filter((_, l) => l !== j);
  const table = (rows: number, columns: number, value: (i: number, j: number) => number): Matrix =>
    Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => value(i, j)));
  const bottom = points.map((point, j) => others(j).reduce((product, other) => product * (point - other), 1));
  const rows = points.map((_, j) => [...polynomial(others(j)), 0]);
  return {
    AT: table(outputs, size, (i, j) => (j < size - 1 ? points[j] ** i : atInfinity(i, outputs - 1))),
    G: table(size, taps, (j, k) => (j < size - 1 ? points[j] ** k / bottom[j] : atInfinity(k, taps - 1))),
    BT: [...rows, polynomial(points)],
  };
}

/** Coefficients of the product of (x - root), lowest first. */
const polynomial = (roots: readonly number[]): number[] =>
  roots.reduce<number[]>(
    (known, root) => Array.from({ length: known.length + 1 }, (_, power) => (known[power - 1] ?? 0) - root * (known[power] ?? 0)),
    [1],
  );

/** The matrix that the transform multiplies from both sides: B^T for images, G for weights (and for the tiles of a weight gradient). */
export const transformMatrix = ({ outputs, taps, side }: OpAttrs["winogradTransform"]): Matrix =>
  side === "image" ? winogradMatrices(outputs, taps).BT : winogradMatrices(outputs, taps).G;

/**
 * x [A, B, H, W] -> [size^2, B, A * tiles[0] * tiles[1]]: M d M^T of every patch d, with M = B^T (side "image") or G ("filter"). The patch of
 * tile (t, u) begins at (t step - padding[0], u step - padding[1]); outside of x are zeros. `turned` takes d from its far corner.
 */
export const winogradTransform: Heavy<"winogradTransform"> = defineOp({
  name: "winogradTransform",
  kind: "heavy",
  infer: (inputs, attrs) => {
    const x = checkInput(inputs, 4, attrs, "[A, B, H, W]");
    const size = attrs.outputs + attrs.taps - 1;
    return { shape: [size * size, x.shape[1], x.shape[0] * attrs.tiles[0] * attrs.tiles[1]], dtype: "f32" };
  },
  reference: ([x], attrs, { shape }) => {
    const M = transformMatrix(attrs);
    const [size, edge] = [M.length, M[0].length];
    const [, B, H, W] = x.shape;
    const [, , columns] = shape;
    const data = new Float64Array(size * size * B * columns);
    for (let b = 0; b < B; b++) {
      for (let column = 0; column < columns; column++) {
        const u = column % attrs.tiles[1];
        const t = Math.floor(column / attrs.tiles[1]) % attrs.tiles[0];
        const a = Math.floor(column / attrs.tiles[0] / attrs.tiles[1]);
        const patch = square(edge, (i, j) => {
          const [r, s] = attrs.turned ? [edge - 1 - i, edge - 1 - j] : [i, j];
          const [h, w] = [t * attrs.step - attrs.padding[0] + r, u * attrs.step - attrs.padding[1] + s];
          return h >= 0 && h < H && w >= 0 && w < W ? x.data[((a * B + b) * H + h) * W + w] : 0;
        });
        const values = bothSides(M, patch);
        for (let i = 0; i < size * size; i++) data[(i * B + b) * columns + column] = values[Math.floor(i / size)][i % size];
      }
    }
    return data;
  },
  vjp: null,
  domain: [{ low: -10, high: 10 }],
  tolerance: 2e-6,
  keepsFinite: false,
  epilogue: false,
  prologue: false,
  multiplyAdds: null,
});

/** m [size^2, B, A * TH * TW] -> [A, B, H, W] with [A, H, W] = attrs.size: A^T m A of every tile, outputs x outputs pixels each. */
export const winogradInverse: Heavy<"winogradInverse"> = defineOp({
  name: "winogradInverse",
  kind: "heavy",
  infer: (inputs, attrs) => {
    const m = checkInput(inputs, 3, attrs, "[size^2, B, columns]");
    const [A, H, W] = attrs.size;
    const edge = attrs.outputs + attrs.taps - 1;
    const expected = [edge * edge, A * Math.ceil(H / attrs.outputs) * Math.ceil(W / attrs.outputs)];
    if (m.shape[0] !== expected[0] || m.shape[2] !== expected[1])
      fail(`expected [${expected[0]}, B, ${expected[1]}], got [${m.shape.join(", ")}]`);
    return { shape: [A, m.shape[1], H, W], dtype: "f32" };
  },
  reference: ([m], { outputs, taps, size: [A, H, W] }) => {
    const { AT } = winogradMatrices(outputs, taps);
    const edge = outputs + taps - 1;
    const [, B, columns] = m.shape;
    const across = Math.ceil(W / outputs);
    const tiles = Math.ceil(H / outputs) * across;
    const data = new Float64Array(A * B * H * W);
    for (let b = 0; b < B; b++) {
      for (let column = 0; column < columns; column++) {
        const values = bothSides(
          AT,
          square(edge, (i, j) => m.data[((i * edge + j) * B + b) * columns + column]),
        );
        const [a, top] = [Math.floor(column / tiles), Math.floor((column % tiles) / across) * outputs];
        const left = (column % across) * outputs;
        for (let i = 0; i < Math.min(outputs, H - top); i++)
          for (let j = 0; j < Math.min(outputs, W - left); j++) data[((a * B + b) * H + top + i) * W + left + j] = values[i][j];
      }
    }
    return data;
  },
  vjp: null,
  domain: [{ low: -10, high: 10 }],
  tolerance: 2e-6,
  keepsFinite: false,
  epilogue: true,
  prologue: false,
  multiplyAdds: null,
});

const square = (size: number, value: (i: number, j: number) => number): Matrix =>
  Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => value(i, j)));

/** M x M^T. */
function bothSides(M: Matrix, x: Matrix): Matrix {
  const dot = (row: readonly number[], value: (k: number) => number): number => row.reduce((sum, factor, k) => sum + factor * value(k), 0);
  const left = M.map((row) => x[0].map((_, j) => dot(row, (k) => x[k][j])));
  return M.map((_, i) => M.map((row) => dot(row, (k) => left[i][k])));
}

function checkInput(inputs: readonly Node[], rank: number, { outputs, taps }: { outputs: number; taps: number }, what: string): Node {
  checkArity(inputs, 1);
  checkDType(inputs[0], "f32");
  checkRank(inputs[0], rank, what);
  if (outputs < 1 || taps < 1 || outputs + taps - 2 > POINTS.length) fail(`no points for F(${outputs}, ${taps})`);
  return inputs[0];
}
