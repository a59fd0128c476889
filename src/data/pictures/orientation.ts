/** How a camera was held: EXIF's Orientation (CIPA DC-008, tag 0x0112), and pictures turned by it. */

import type { Picture } from "./picture.ts";

const ORIENTATION = 0x0112;
const SHORT = 3;

/** 1 to 8 from a block of EXIF (a TIFF header and its first directory); 1, as it is, where the block does not say or is damaged. */
export function orientationOf(exif: Uint8Array): number {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  if (exif.length < 8) return 1;
  const order = view.getUint16(0);
  const little = order === 0x4949; // "II"
  if (!little && order !== 0x4d4d) return 1; // "MM"
  if (view.getUint16(2, little) !== 42) return 1;
  const directory = view.getUint32(4, little);
  if (directory + 2 > exif.length) return 1;
  const count = view.getUint16(directory, little);
  for (let i = 0, at = directory + 2; i < count && at + 12 <= exif.length; i += 1, at += 12) {
    if (view.getUint16(at, little) !== ORIENTATION) continue;
    const value = view.getUint16(at + 8, little);
    return view.getUint16(at + 2, little) === SHORT && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** The picture as it is meant to be seen: 2, 4, 5, 7 are mirrored, and from 5 on width and height change places. */
export function oriented(picture: Picture, orientation: number): Picture {
  if (orientation === 1) return picture;
  const { width: w, height: h } = picture;
  const turned = orientation >= 5;
  const [width, height] = turned ? [h, w] : [w, h];
  const data = new Uint8Array(4 * w * h);
  for (let y = 0, at = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, at += 4) {
      // Column and row of the file's pixel that is seen at (x, y): first turned, then mirrored.
      const [along, down] = turned ? [y, x] : [x, y];
      const column = [3, 2, 7, 8].includes(orientation) ? w - 1 - along : along;
      const row = [3, 4, 6, 7].includes(orientation) ? h - 1 - down : down;
      const from = 4 * (row * w + column);
      for (let c = 0; c < 4; c += 1) data[at + c] = picture.data[from + c];
    }
  return { width, height, data };
}
