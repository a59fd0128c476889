/** Small networks and pictures for tests of the commands on networks. */
import * as path from "node:path";
import type { FileTensor } from "../../src/data/index.ts";
import { writePng, writeSafetensors } from "../../src/data/node/index.ts";
import { input } from "../../src/graph/index.ts";
import { createParams, stateDict } from "../../src/models/index.ts";
import { NETWORKS } from "../../src/networks/index.ts";
import { fill } from "../models/golden.ts";

/** Weights of the digit network: every key, of its shape. */
export function digitWeights(classes = 10): Map<string, FileTensor> {
  const p = createParams();
  NETWORKS.mnist_net.build(p, input("image", [1, 1, 28, 28]), { classes });
  return new Map(
    stateDict(p).map(({ key, shape }) => {
      const fan = shape.slice(1).reduce((product, extent) => product * extent, 1);
      return [key, { shape, dtype: "F32" as const, data: Float32Array.from(fill(key, shape, 1.7 / Math.sqrt(fan))) }];
    }),
  );
}

export const saveWeights = (file: string, weights: Map<string, FileTensor>): void => writeSafetensors(file, Object.fromEntries(weights));

/** A bright ring on black, its centre moved by `shift`. */
export function ringPicture(side: number, shift: number) {
  const data = new Uint8Array(4 * side * side);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const distance = Math.hypot(x - side / 2 - shift, y - side / 2) / side;
      const light = 255 * Math.exp(-(((distance - 0.25) / 0.08) ** 2));
      data.set([light, light, light, 255], 4 * (y * side + x));
    }
  return { width: side, height: side, data };
}

export const saveRings = (folder: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => {
    const file = path.join(folder, `ring${i}.png`);
    writePng(file, ringPicture(28 + 9 * i, 2 * i));
    return file;
  });
