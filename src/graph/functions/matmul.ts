/** Matrix products. */
import { mistake, sizeOf, type Node } from "../node.ts";
import { commonShape, broadcastTo } from "../ops/common/elementwise.ts";
import { shapeText } from "../ops/common/checks.ts";
import { matmul as op } from "../ops/matmul.ts";
import { reshape } from "./movement.ts";

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/**
 * op(a) [..., M, K] x op(b) [..., K, N] -> [..., M, N]. Leading extents broadcast. With a 2-D b and an a that is not transposed, the
 * leading axes of a join its rows: one product instead of a batch of them.
 */
export function matmul(a: Node, b: Node, { transposeA = false, transposeB = false }: MatmulOptions = {}): Node {
  const attrs = { transposeA, transposeB };
  if (a.shape.length < 2 || b.shape.length < 2) mistake("matmul", `expected matrices, got ${shapeText(a.shape)} and ${shapeText(b.shape)}`);
  if (a.shape.length > 2 && b.shape.length === 2 && !transposeA) {
    const rows = sizeOf(a.shape.slice(0, -1));
    const product = op(reshape(a, [rows, -1]), b, attrs);
    return reshape(product, [...a.shape.slice(0, -1), product.shape[1]]);
  }
  const lead = commonShape("matmul", [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return op(broadcastTo(a, [...lead, ...a.shape.slice(-2)]), broadcastTo(b, [...lead, ...b.shape.slice(-2)]), attrs);
}
