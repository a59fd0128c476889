/**
 * Long sums, as fast and as exact as short ones.
 * A reduction of very many elements to few would leave all but a few workgroups idle. It is done in two steps, the first of which gives a
 * partial result for every slab of the longest axis. The slabs and their order are fixed by the shape.
 * A scatter-add accumulates in memory, and a compensated sum needs memory for its rounding errors as well.
 */
import { add, reduceMax, reshape, slice, sum } from "../../graph/index.ts";
import { type Node, type NodeOf, sizeOf } from "../../graph/node.ts";
import { scatterAdd } from "../../graph/ops/indexing.ts";

const FEW_OUTPUTS = 64;
const LONG = 32768;
const [FEWEST_SLABS, MOST_SLABS] = [16, 512];

/** The two-step form of a sum or reduceMax, or null where one step is as good. */
export function splitReduce(node: Node): Node | null {
  if (node.op !== "sum" && node.op !== "reduceMax") return null;
  const [x] = node.inputs;
  const { axes } = node.attrs;
  const outputs = sizeOf(node.shape);
  if (outputs > FEW_OUTPUTS || sizeOf(x.shape) / outputs < LONG) return null;
  const axis = axes.reduce((best, other) => (x.shape[other] > x.shape[best] ? other : best), axes[0]);
  const slabs = divisorNear(x.shape[axis], MOST_SLABS / outputs);
  if (slabs === null) return null;
  const split = [...x.shape.slice(0, axis), slabs, x.shape[axis] / slabs, ...x.shape.slice(axis + 1)];
  const reduce = node.op === "sum" ? sum : reduceMax;
  const inner = axes.map((other) => (other >= axis ? other + 1 : other));
  const partial = reduce(reshape(x, split), inner);
  const kept = split.keys();
  const place = [...kept].filter((other) => !inner.includes(other)).indexOf(axis);
  return reduce(partial, [place]);
}

/** Additions to one place from which on their sum is compensated. */
const MANY = 32;

/** A compensated scatter-add, where so many additions may go to one place: the sums plus their rounding errors. */
export function keepLost(node: NodeOf<"scatterAdd"> & Node): Node {
  const [src, index] = node.inputs;
  const { axis, size, lost } = node.attrs;
  if (lost || node.dtype !== "f32" || src.shape[axis] <= MANY) return node;
  const both = scatterAdd(src, index, { axis, size, lost: true });
  const part = (from: number): Node =>
    slice(
      both,
      both.shape.map((_, i) => (i === axis ? from : 0)),
      both.shape.map((extent, i) => (i === axis ? from + size : extent)),
    );
  return add(part(0), part(size));
}

/** The divisor of `extent` from FEWEST_SLABS up that is nearest to `wanted` on a ratio scale, or null. */
function divisorNear(extent: number, wanted: number): number | null {
  let best: number | null = null;
  for (let divisor = FEWEST_SLABS; divisor <= Math.min(extent, MOST_SLABS); divisor++) {
    if (extent % divisor !== 0) continue;
    if (best === null || Math.abs(Math.log(divisor / wanted)) < Math.abs(Math.log(best / wanted))) best = divisor;
  }
  return best;
}
