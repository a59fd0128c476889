/** Pictures in a browser (or a worker of one): files that a person chose or dropped, and bitmaps. */

import { UserError } from "../errors.ts";
import { HEADER_BYTES, pictureHeader } from "./header.ts";
import type { Picture } from "./picture.ts";

/** The size of a picture file by its header, as it is meant to be seen. Not a JPEG, PNG or WebP picture: UserError. */
export async function blobSize(blob: Blob, where: string): Promise<{ width: number; height: number }> {
  if (blob.size === 0) throw new UserError(`${where}: an empty file, not a picture`);
  let header = pictureHeader(await bytesOf(blob.slice(0, HEADER_BYTES), where));
  if (header === "more") header = pictureHeader(await bytesOf(blob, where));
  if (header === null || header === "more")
    throw new UserError(`${where}: not a picture that can be read; JPEG, PNG and WebP pictures can`);
  return header;
}

/** The pixels of a picture file, turned as the camera says. Damaged, or removed meanwhile: UserError. */
export async function decodeBlob(blob: Blob, where: string): Promise<Picture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch {
    throw new UserError(`${where}: damaged, or not a picture that this browser can read`);
  }
  try {
    return bitmapPixels(bitmap, where);
  } finally {
    bitmap.close();
  }
}

/** The pixels of a bitmap, which stays open. Larger than the browser's canvas: UserError. */
export function bitmapPixels(bitmap: ImageBitmap, where: string): Picture {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new UserError(`${where}: ${width}x${height} pixels are too many for this browser`);
  context.drawImage(bitmap, 0, 0);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

async function bytesOf(blob: Blob, where: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch {
    throw new UserError(`${where}: cannot be read any more; was the file changed or removed?`);
  }
}
