/** Functions that move the pixels of images [N, C, H, W]: padding by their own pixels, and channels to pixels and back. */
import { mistake, type Node, type Padding } from "../node.ts";
import { shapeText } from "../ops/common/checks.ts";
import { broadcastTo, concat, reshape, reverse, sliceAxis, transpose } from "./movement.ts";
import { paddingOf, type PaddingOption } from "./window.ts";

/** For all sides, for [vertical, horizontal], or for [top, bottom, left, right]. */
export type PixelPadding = Exclude<PaddingOption, "same">;

/**
 * torch.nn.ReflectionPad2d: mirrored at the border pixels, which are not repeated (c b | a b c | b a).
 * [N, C, H, W] -> [N, C, H + top + bottom, W + left + right]; each side is smaller than the image's extent.
 */
export function reflectionPad2d(x: Node, padding: PixelPadding): Node {
  const name = "reflectionPad2d";
  const sides = sidesOf(name, x, padding);
  sides.forEach((count, side) => {
    const extent = x.shape[side < 2 ? 2 : 3];
    if (count >= extent) mistake(name, `padding must be smaller than the image, got ${shapeText(sides)} for ${shapeText(x.shape)}`);
  });
  return extended(x, sides, (image, axis, count, atEnd) => {
    const from = atEnd ? image.shape[axis] - 1 - count : 1;
    return reverse(sliceAxis(image, axis, from, from + count), axis);
  });
}

/** torch.nn.ReplicationPad2d: the border pixels again and again (a a | a b c | c c). [N, C, H, W] -> [N, C, H + top + bottom, W + left + right] */
export function replicationPad2d(x: Node, padding: PixelPadding): Node {
  return extended(x, sidesOf("replicationPad2d", x, padding), (image, axis, count, atEnd) => {
    const at = atEnd ? image.shape[axis] - 1 : 0;
    const border = sliceAxis(image, axis, at, at + 1);
    return broadcastTo(
      border,
      border.shape.map((extent, i) => (i === axis ? count : extent)),
    );
  });
}

/**
 * Sub-pixel convolution's last step (Shi et al., arXiv:1609.05158): [N, C r r, H, W] -> [N, C, H r, W r] with r = factor;
 * channel c r r + i r + j is row i and column j of each square.
 */
export function pixelShuffle(x: Node, factor: number): Node {
  const [N, channels, H, W] = imageOf("pixelShuffle", x, factor);
  const C = channels / factor ** 2;
  if (!Number.isInteger(C)) mistake("pixelShuffle", `${channels} channels do not divide into squares of ${factor} x ${factor}`);
  const squares = transpose(reshape(x, [N, C, factor, factor, H, W]), [0, 1, 4, 2, 5, 3]);
  return reshape(squares, [N, C, H * factor, W * factor]);
}

/** The inverse of `pixelShuffle`: [N, C, H r, W r] -> [N, C r r, H, W] with r = factor. */
export function pixelUnshuffle(x: Node, factor: number): Node {
  const [N, C, rows, columns] = imageOf("pixelUnshuffle", x, factor);
  const [H, W] = [rows / factor, columns / factor];
  if (!Number.isInteger(H) || !Number.isInteger(W))
    mistake("pixelUnshuffle", `${shapeText([rows, columns])} pixels do not divide into squares of ${factor} x ${factor}`);
  const squares = transpose(reshape(x, [N, C, H, factor, W, factor]), [0, 1, 3, 5, 2, 4]);
  return reshape(squares, [N, C * factor ** 2, H, W]);
}

/** `count` rows (axis 2) or columns (axis 3) to stand before the image, or after its end. */
type Border = (image: Node, axis: 2 | 3, count: number, atEnd: boolean) => Node;

/** Columns first: the corners come from the columns that were put there. */
function extended(x: Node, [top, bottom, left, right]: Padding, border: Border): Node {
  const along = (image: Node, axis: 2 | 3, before: number, after: number): Node => {
    const low = before > 0 ? [border(image, axis, before, false)] : [];
    const high = after > 0 ? [border(image, axis, after, true)] : [];
    return concat([...low, image, ...high], axis);
  };
  return along(along(x, 3, left, right), 2, top, bottom);
}

function sidesOf(name: string, x: Node, padding: PixelPadding): Padding {
  checkImages(name, x);
  const one = [1, 1] as const;
  return paddingOf(name, padding, { input: [x.shape[2], x.shape[3]], kernel: one, stride: one, dilation: one });
}

function imageOf(name: string, x: Node, factor: number): readonly number[] {
  checkImages(name, x);
  if (!Number.isInteger(factor) || factor < 1) mistake(name, `expected a whole number of at least 1 for factor, got ${factor}`);
  return x.shape;
}

function checkImages(name: string, x: Node): void {
  if (x.shape.length !== 4) mistake(name, `expected images [N, C, H, W], got ${shapeText(x.shape)}`);
}
