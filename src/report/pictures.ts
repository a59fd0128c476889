/** Pictures inside a page. */
import type { GreyPicture, Picture } from "../data/pictures/picture.ts";
import { pngSource } from "./html.ts";
import type { FigureImage } from "./types.ts";

/** A grey picture as the source of an `<img>`: a PNG file as a data URI. `encodePng` is the platform's (a `Host` has one). */
export async function pictureSource(
  encodePng: (picture: Picture) => Uint8Array | Promise<Uint8Array>,
  { width, height, pixels }: GreyPicture,
): Promise<string> {
  const data = new Uint8Array(4 * pixels.length);
  for (const [i, value] of pixels.entries()) data.set([value, value, value, 255], 4 * i);
  return pngSource(await encodePng({ width, height, data }));
}

/** A PNG file for a figure of images; its size is read from the header. */
export function pngImage(bytes: Uint8Array): Pick<FigureImage, "source" | "width" | "height"> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { source: pngSource(bytes), width: view.getUint32(16), height: view.getUint32(20) };
}
