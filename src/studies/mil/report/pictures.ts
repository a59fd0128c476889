/** Digits as PNG files inside the page. */

import type { Host } from "../../../training/host.ts";
import { pngSource } from "../../../report/html.ts";

/** u8 [28, 28], 255 = ink -> a white-on-black PNG as a data URI. */
export async function pictureSource(host: Pick<Host, "encodePng">, pixels: Uint8Array, side = 28): Promise<string> {
  const data = new Uint8Array(4 * pixels.length);
  for (const [i, value] of pixels.entries()) data.set([value, value, value, 255], 4 * i);
  return pngSource(await host.encodePng({ width: side, height: side, data }));
}
