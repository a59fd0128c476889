/** A small folder of pictures for programs that learn one: digits of MNIST as PNG files, a folder for each class. */
import * as path from "node:path";
import { loadDigits, writePng } from "../../src/data/node/index.ts";

const CLASSES = 5;
const EACH = 60;

/** Writes pictures/zero/0.png, ... into a folder, and beside them picture.png, a three that is not among them. */
export function writeDigits(folder: string): void {
  const { images, labels } = loadDigits().train;
  const names = ["zero", "one", "two", "three", "four"];
  const counts = names.map(() => 0);
  for (let i = 0; counts.some((count) => count <= EACH); i++) {
    const label = labels[i];
    if (label >= CLASSES || counts[label] > EACH) continue;
    const pixels = images.subarray(784 * i, 784 * (i + 1));
    const data = new Uint8Array(4 * 784).map((_, at) => (at % 4 === 3 ? 255 : pixels[at >> 2]));
    const file = counts[label] < EACH ? path.join("pictures", names[label], `${counts[label]}.png`) : label === 3 ? "picture.png" : null;
    if (file) writePng(path.join(folder, file), { width: 28, height: 28, data });
    counts[label] += 1;
  }
}
