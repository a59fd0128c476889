/** Batched matrix product. */
import { sizeOf, type Node } from "../node.ts";
import { defineOp, type Heavy } from "../op.ts";
import { checkArity, checkDType, fail, sameShape, shapeText } from "./common/checks.ts";

/** op(a) [..., M, K] x op(b) [..., K, N] -> [..., M, N]; op transposes the last two axes. Leading extents are equal. */
export const matmul: Heavy<"matmul"> = defineOp({
  name: "matmul",
  kind: "heavy",
  infer: (inputs, { transposeA, transposeB }) => {
    checkArity(inputs, 2);
    const [a, b] = inputs;
    checkDType(a, "f32", "matrix");
    checkDType(b, "f32", "matrix");
    const rank = a.shape.length;
    const pair = `${shapeText(a.shape)} and ${shapeText(b.shape)}`;
    if (rank < 2 || b.shape.length !== rank) fail(`expected two matrices or two equal batches of them, got ${pair}`);
    const lead = a.shape.slice(0, -2);
    if (!sameShape(lead, b.shape.slice(0, -2))) fail(`batch extents differ: ${pair}`);
    const { rows, inner } = extents(a, transposeA);
    const { rows: innerB, inner: columns } = extents(b, transposeB);
    if (inner !== innerB) fail(`inner extents ${inner} and ${innerB} differ: ${pair}, transposeA ${transposeA}, transposeB ${transposeB}`);
    return { shape: [...lead, rows, columns], dtype: "f32" };
  },
  reference: ([a, b], { transposeA, transposeB }, out) => {
    const [M, N] = out.shape.slice(-2);
    const K = a.data.length / (sizeOf(out.shape.slice(0, -2)) * M);
    const data = new Float64Array(sizeOf(out.shape));
    const [aRow, aInner] = transposeA ? [1, M] : [K, 1];
    const [bInner, bColumn] = transposeB ? [1, K] : [N, 1];
    for (let i = 0; i < data.length; i++) {
      const batch = Math.floor(i / (M * N));
      let aAt = batch * M * K + (Math.floor(i / N) % M) * aRow;
      let bAt = batch * K * N + (i % N) * bColumn;
      let total = 0;
      for (let k = 0; k < K; k++, aAt += aInner, bAt += bInner) total += a.data[aAt] * b.data[bAt];
      data[i] = total;
    }
    return data;
  },
  vjp: ([a, b], { attrs: { transposeA, transposeB } }, dy) => [
    transposeA
      ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
      : matmul(dy, b, { transposeA: false, transposeB: !transposeB }),
    transposeB
      ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
      : matmul(a, dy, { transposeA: !transposeA, transposeB: false }),
  ],
  domain: [
    { low: -10, high: 10 },
    { low: -10, high: 10 },
  ],
  tolerance: 2e-6,
  keepsFinite: false,
  epilogue: true,
  prologue: false,
  multiplyAdds: ({ inputs: [a], attrs, shape }) => sizeOf(shape) * a.shape[a.shape.length - (attrs.transposeA ? 2 : 1)],
});

function extents(x: Node, transposed: boolean): { rows: number; inner: number } {
  const [rows, inner] = x.shape.slice(-2);
  return transposed ? { rows: inner, inner: rows } : { rows, inner };
}
