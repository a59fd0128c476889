/** Digits as text: half blocks, two pixels a character. */

const COLUMNS = 10;
const ROWS = 10;
const GAP = 1;
/** A cell with this mean ink is drawn. */
const LEVEL = 70;

/** Mean ink of each cell of a grid over a 28x28 picture. [ROWS][COLUMNS] */
function cells(pixels: Uint8Array): number[][] {
  const side = 28;
  return Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: COLUMNS }, (_, column) => {
      let [sum, count] = [0, 0];
      for (let y = Math.floor((row * side) / ROWS); y < ((row + 1) * side) / ROWS; y++) {
        for (let x = Math.floor((column * side) / COLUMNS); x < ((column + 1) * side) / COLUMNS; x++) {
          sum += pixels[y * side + x];
          count += 1;
        }
      }
      return sum / count;
    }),
  );
}

/** One picture: ROWS / 2 lines of COLUMNS characters. */
function lines(pixels: Uint8Array): string[] {
  const grid = cells(pixels);
  return Array.from({ length: ROWS / 2 }, (_, line) => {
    const [upper, lower] = [grid[2 * line], grid[2 * line + 1]];
    return upper.map((ink, column) => " ▀▄█"[(ink > LEVEL ? 1 : 0) + (lower[column] > LEVEL ? 2 : 0)]).join("");
  });
}

/** Pictures (u8 [28, 28]) side by side, a caption below each, in as many rows as the width needs. */
export function textDigits(pictures: readonly Uint8Array[], { width, captions }: { width: number; captions: readonly string[] }): string {
  const perRow = Math.max(1, Math.floor(width / (COLUMNS + GAP)));
  const rows: string[] = [];
  for (let at = 0; at < pictures.length; at += perRow) {
    const blocks = pictures.slice(at, at + perRow).map(lines);
    for (let line = 0; line < ROWS / 2; line++)
      rows.push(
        blocks
          .map((block) => block[line])
          .join(" ".repeat(GAP))
          .trimEnd(),
      );
    const below = captions.slice(at, at + perRow).map((caption) => caption.padStart((COLUMNS + caption.length) / 2).padEnd(COLUMNS + GAP));
    rows.push(below.join("").trimEnd());
  }
  return rows.join("\n");
}
