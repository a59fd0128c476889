/** Pictures as pixels, and parts of them at the size in which they are drawn. */
import { UserError } from "intarsia/data";
import type { Rectangle } from "intarsia/data";
import { overlay } from "intarsia/explain";
import type { Pixels } from "../protocol.ts";

/** Larger pictures are made smaller: canvases of telephones end about here. */
const MOST_PIXELS = 16_000_000;

export interface Decoded {
  readonly pixels: Pixels;
  /** [width, height] of a picture that was made smaller, or null. */
  readonly from: readonly [number, number] | null;
}

/** Any picture that the browser can read, turned by its EXIF orientation. Anything else: UserError. */
export async function decodePicture(blob: Blob, name: string): Promise<Decoded> {
  if (blob.size === 0) throw new UserError(`${name}: an empty file, not a picture`);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch {
    throw new UserError(`${name}: not a picture that this browser can read, or a damaged one; JPEG, PNG and WebP files can be read`);
  }
  const from = [bitmap.width, bitmap.height] as const;
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.floor(side * scale)));
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new UserError(`${name}: ${width} x ${height} pixels are too many for this browser`);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { pixels: { width, height, data: data as Uint8ClampedArray<ArrayBuffer> }, from: scale < 1 ? from : null };
}

export const whole = ({ width, height }: Pixels): Rectangle => ({ left: 0, top: 0, width, height });

/** The part enlarged by a fifth of its longer side on each side, clipped to the picture. */
export function around({ left, top, width, height }: Rectangle, picture: Pixels): Rectangle {
  const more = 0.2 * Math.max(width, height);
  const [x, y] = [Math.max(0, left - more), Math.max(0, top - more)];
  const [right, bottom] = [Math.min(picture.width, left + width + more), Math.min(picture.height, top + height + more)];
  return { left: x, top: y, width: right - x, height: bottom - y };
}

/** A part of the picture as it will be drawn, and where the network looked in that. */
export interface Scene {
  readonly picture: Pixels;
  readonly view: Rectangle;
}

/** `view`: what the network sees, in pixels of the picture, as `part` is; `side`: the longer side of the result. */
export function sceneOf(picture: Pixels, view: Rectangle, part: Rectangle, side: number): Scene {
  const scale = side / Math.max(part.width, part.height);
  const [width, height] = [part.width, part.height].map((extent) => Math.max(1, Math.round(extent * scale)));
  const [x, y] = [width / part.width, height / part.height];
  const moved = { left: (view.left - part.left) * x, top: (view.top - part.top) * y, width: view.width * x, height: view.height * y };
  return { picture: asPixels(overlay(picture, null, { view: part, part, width, height })), view: moved };
}

/** The library's pictures may lie in shared memory; these do not. */
export const asPixels = ({ width, height, data }: ReturnType<typeof overlay>): Pixels => ({
  width,
  height,
  data: data instanceof Uint8ClampedArray && data.buffer instanceof ArrayBuffer ? (data as Pixels["data"]) : new Uint8ClampedArray(data),
});

/** The picture shrunk so that its longer side is at most `side`. */
export function shrunk(picture: Pixels, part: Rectangle, side: number): Pixels {
  return sceneOf(picture, part, part, Math.min(side, Math.max(part.width, part.height))).picture;
}
