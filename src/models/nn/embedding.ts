/** A table of vectors, looked up by number. */
import { equal, GraphError, reshape, select, sizeOf, stopGradient, take, type Init, type Node } from "../../graph/index.ts";
import { normalInit } from "../init.ts";
import type { Params } from "../params.ts";
import { checkRange, COUNT, describe } from "../ranges.ts";

export interface EmbeddingOptions {
  /** Rows of the table: ids are 0 to count - 1. */
  readonly count: number;
  /** Elements of a vector. */
  readonly out: number;
  /** This row begins as zeros and gets no gradient; negative counts from the end. Default: none. */
  readonly paddingIdx?: number;
  /** Default: N(0, 1), as PyTorch. */
  readonly weightInit?: Init;
}

/** ids i32 [...] -> [..., out]; weight [count, out]. An id outside the table gives zeros. */
export function embedding(p: Params, ids: Node, { count, out, paddingIdx, weightInit = normalInit(1) }: EmbeddingOptions): Node {
  return p.scope(() => {
    checkRange(`embedding at ${p.path}`, COUNT, { count, out });
    if (ids.dtype !== "i32") throw new GraphError(`embedding at ${p.path}: expected i32 ids, got ${describe(ids)}`);
    const padding = paddingIdx === undefined ? undefined : rowOf(p, paddingIdx, count);
    const init = padding === undefined || weightInit.kind === "constant" ? weightInit : { ...weightInit, zeroRow: padding };
    const flat = reshape(ids, [sizeOf(ids.shape)]);
    const rows = take(p.variable("weight", [count, out], { init }), flat, 0);
    const learned = padding === undefined ? rows : select(reshape(equal(flat, padding), [-1, 1]), stopGradient(rows), rows);
    return p.tap("", reshape(learned, [...ids.shape, out]));
  });
}

function rowOf(p: Params, index: number, count: number): number {
  const row = index < 0 ? index + count : index;
  checkRange(
    `embedding at ${p.path}`,
    { text: `a whole number from ${-count} to ${count - 1}`, holds: () => Number.isInteger(row) && row >= 0 && row < count },
    { paddingIdx: index },
  );
  return row;
}
