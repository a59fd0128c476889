/** Digit labels to draw bags from without any file: as many of each class, in a fixed mixed order. */

import type { LabelFiles } from "../../../src/studies/mil/splits.ts";

export function labelFiles(train = 6000, test = 2000): LabelFiles {
  const labels = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => (i * 7 + Math.floor(i / 10)) % 10);
  return { train: { labels: labels(train) }, test: { labels: labels(test) } };
}
