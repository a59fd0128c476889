/**
 * Contours of a binary picture as OpenCV's findContours gives them with RETR_TREE: all borders, those of holes included, followed as Suzuki and Abe do
 * (CVGIP 1985, Algorithm 1), in its order. Of each, what localisation asks for: the bounding box and the area of its polygon.
 */

export interface Contour {
  /** Bounding box in pixels: the first column and row, and how many of them (OpenCV's boundingRect). */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Of the polygon through the centres of its pixels (OpenCV's contourArea): 0 of a line one pixel wide. */
  readonly area: number;
  /** The border around a hole: its pixels lie outside of the hole. */
  readonly hole: boolean;
}

/** Memory for pictures of one size, to be used again and again. */
export interface ContourTracer {
  /**
   * The contours of the pixels above a threshold. In OpenCV's order: a contour before those inside it, and of those side by side the one found last in
   * reading order before the others.
   * @param pixels [height * width]
   */
  trace(pixels: ArrayLike<number>, above: number): Contour[];
}

interface Found extends Contour {
  readonly parent: number;
}

/** The frame around the picture counts as the border of a hole. */
const FRAME = 1;
/** The eight neighbours, counterclockwise from the right one: columns and rows. */
const COLUMNS = [1, 1, 0, -1, -1, -1, 0, 1];
const ROWS = [0, -1, -1, -1, 0, 1, 1, 1];

export function createContourTracer(width: number, height: number): ContourTracer {
  const stride = width + 2;
  /** 0 background, 1 a pixel on no border yet, n > 1 on border n, -n on border n and at its right. With an empty pixel all around. */
  const labels = new Int32Array(stride * (height + 2));
  const steps = COLUMNS.map((column, s) => column + ROWS[s] * stride);
  // Twice around, so that a search that begins at any neighbour needs no remainder.
  const around = Int32Array.from([...steps, ...steps]);

  /** Follows the border with the number `border` from a pixel, and marks it. */
  const follow = (from: number, border: number, hole: boolean, parent: number): Found => {
    let s = hole ? 0 : 4;
    const end = s;
    do s = (s + 7) & 7;
    while (labels[from + around[s]] === 0 && s !== end);
    const x0 = (from % stride) - 1;
    const y0 = Math.floor(from / stride) - 1;
    if (s === end) {
      labels[from] = -border;
      return { x: x0, y: y0, width: 1, height: 1, area: 0, hole, parent };
    }
    const last = from + around[s];
    let [left, right, top, bottom] = [x0, x0, y0, y0];
    let [x, y, twice, at] = [x0, y0, 0, from];
    for (;;) {
      const before = s;
      do s++;
      while (labels[at + around[s]] === 0);
      const next = at + around[s];
      s &= 7;
      // Was the pixel to the right looked at, and empty?
      if (s - 1 >= 0 && s - 1 < before) labels[at] = -border;
      else if (labels[at] === 1) labels[at] = border;
      const [nextX, nextY] = [x + COLUMNS[s], y + ROWS[s]];
      twice += x * nextY - y * nextX;
      x = nextX;
      y = nextY;
      if (next === from && at === last) break;
      if (x < left) left = x;
      else if (x > right) right = x;
      if (y < top) top = y;
      else if (y > bottom) bottom = y;
      at = next;
      s = (s + 4) & 7;
    }
    return { x: left, y: top, width: right - left + 1, height: bottom - top + 1, area: Math.abs(twice) / 2, hole, parent };
  };

  return {
    trace(pixels, above) {
      for (let y = 0, at = 0; y < height; y++)
        for (let x = 0, to = (y + 1) * stride + 1; x < width; x++, at++, to++) labels[to] = pixels[at] > above ? 1 : 0;
      const found: Found[] = [];
      const isHole = (border: number): boolean => border === FRAME || found[border - 2].hole;
      const parentOf = (border: number): number => (border === FRAME ? FRAME : found[border - 2].parent);
      for (let y = 1; y <= height; y++) {
        const begin = y * stride + 1;
        let previous = 0;
        let nearest = FRAME;
        for (let at = begin; at <= begin + width; at++) {
          const label = labels[at];
          if (label !== previous) {
            const outer = previous === 0 && label === 1;
            const hole = label === 0 && previous >= 1;
            if (outer || hole) {
              if (hole && previous > 1) nearest = previous;
              const border = found.length + 2;
              const parent = isHole(nearest) === hole ? parentOf(nearest) : nearest;
              found.push(follow(hole ? at - 1 : at, border, hole, parent));
            }
            previous = labels[at];
          }
          if (previous > 1 || previous < -1) nearest = Math.abs(previous);
        }
      }
      return inOrder(found);
    },
  };
}

/** Depth first; of those with one parent the last one first. */
function inOrder(found: readonly Found[]): Contour[] {
  const children = new Map<number, number[]>();
  found.forEach(({ parent }, i) => {
    const list = children.get(parent);
    if (list) list.push(i);
    else children.set(parent, [i]);
  });
  const ordered: Contour[] = [];
  const open = [...(children.get(FRAME) ?? [])];
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    const { x, y, width, height, area, hole } = found[i];
    ordered.push({ x, y, width, height, area, hole });
    open.push(...(children.get(i + 2) ?? []));
  }
  return ordered;
}
