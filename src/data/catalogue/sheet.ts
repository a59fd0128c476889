/** A sheet of many small pictures, so that a person sees what a data set holds. */

import type { Picture } from "../pictures/picture.ts";
import type { Rectangle } from "../pictures/rectangle.ts";

/** A picture of a sheet, with boxes that are drawn on it. */
export interface SheetPicture {
  readonly picture: Picture;
  readonly boxes?: readonly Rectangle[];
}

const GAP = 4;
const BOX_COLOUR = [255, 220, 0];

/** Rows of pictures of one size on white, boxes in yellow. */
export function contactSheet(rows: readonly (readonly SheetPicture[])[]): Picture {
  const [{ picture: first }] = rows[0];
  const columns = Math.max(...rows.map((row) => row.length));
  const [stepX, stepY] = [first.width + GAP, first.height + GAP];
  const [width, height] = [columns * stepX + GAP, rows.length * stepY + GAP];
  const sheet = { width, height, data: new Uint8Array(4 * width * height).fill(255) };
  rows.forEach((row, r) => {
    row.forEach((entry, column) => {
      paste(sheet, entry, GAP + column * stepX, GAP + r * stepY);
    });
  });
  return sheet;
}

function paste(sheet: { width: number; data: Uint8Array }, { picture, boxes = [] }: SheetPicture, left: number, top: number): void {
  for (let y = 0; y < picture.height; y += 1)
    sheet.data.set(picture.data.subarray(4 * y * picture.width, 4 * (y + 1) * picture.width), 4 * ((top + y) * sheet.width + left));
  for (const box of boxes)
    for (let y = 0; y < box.height; y += 1)
      for (let x = 0; x < box.width; x += 1) {
        const edge = x === 0 || y === 0 || x === box.width - 1 || y === box.height - 1;
        if (edge) sheet.data.set(BOX_COLOUR, 4 * ((top + box.top + y) * sheet.width + left + box.left + x));
      }
}
