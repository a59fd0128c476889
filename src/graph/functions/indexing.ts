/** Reading and adding at positions that are known only at run time. An index outside the tensor reads 0, or is dropped. */
import { mistake, type Node } from "../node.ts";
import { shapeText } from "../ops/common/checks.ts";
import * as ops from "../ops/indexing.ts";
import { cast, equal } from "./elementwise.ts";
import { broadcastTo, reshape, unsqueeze } from "./movement.ts";
import { iota } from "./sources.ts";
import { axisOf } from "./values.ts";

/** y[.., j, ..] = x[.., index[.., j, ..], ..] along `axis` (torch.gather); extents off the axis are equal. */
export const gather = (x: Node, index: Node, axis: number): Node => ops.gather(x, index, { axis: axisOf("gather", axis, x.shape.length) });

/** Slices of x along `axis`, by a list of positions [J] (torch.index_select). */
export function take(x: Node, index: Node, axis: number): Node {
  const own = axisOf("take", axis, x.shape.length);
  if (index.shape.length !== 1) mistake("take", `expected an index of one axis, got ${shapeText(index.shape)}`);
  const aligned = reshape(
    index,
    x.shape.map((_, i) => (i === own ? index.shape[0] : 1)),
  );
  const shape = x.shape.map((extent, i) => (i === own ? index.shape[0] : extent));
  return gather(x, broadcastTo(aligned, shape), own);
}

/** y[.., index[.., j, ..], ..] += src[.., j, ..]: src's shape with `size` along `axis`, summed in order of j. */
export const scatterAdd = (src: Node, index: Node, axis: number, size: number): Node =>
  ops.scatterAdd(src, index, { axis: axisOf("scatterAdd", axis, src.shape.length), size });

/** labels i32 [...] -> f32 [..., classes]: 1 at the label, else 0. */
export function oneHot(labels: Node, classes: number): Node {
  if (labels.dtype !== "i32") mistake("oneHot", `expected i32 labels, got ${labels.dtype}`);
  return cast(equal(unsqueeze(labels, labels.shape.length), iota([classes], 0)), "f32");
}
