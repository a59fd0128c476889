/**
 * A long training of a small network, and the bytes it holds on the way: `fit` with all that it does besides the steps (loader, augmentation's place,
 * validation, checkpoints, log), since a leak may be in any of it.
 */
import { createRandom, type DataSet, fromArrays } from "../../src/data/index.ts";
import { type Node, relu } from "../../src/graph/index.ts";
import { adam, crossEntropy, nn, type Params, type Training } from "../../src/models/index.ts";
import type { Device } from "../../src/runtime/index.ts";
import { fit, supervised } from "../../src/training/index.ts";
import { countBuffers } from "../counter.ts";

export interface MemorySample {
  readonly step: number;
  /** Of the process, on software adapters the GPU's memory included. */
  readonly resident: number;
  /** JavaScript objects, and what array buffers hold. */
  readonly heap: number;
  /** Of all GPU buffers that are not destroyed. */
  readonly gpu: number;
}

const task = supervised({
  model(p: Params, { x }: Readonly<Record<string, Node>>, training: Training): Node {
    const hidden = relu(nn.batchNorm(p.at("bn"), nn.linear(p.at("hidden"), x, { out: 32 }), { training }));
    return nn.linear(p.at("out"), nn.dropout(p.at("dropout"), hidden, { rate: 0.1, training }), { out: 2 });
  },
  loss: (logits: Node, { label }) => crossEntropy(logits, label, { reduction: "none" }),
  optimizer: adam({ lr: 1e-3 }),
});

/** Points of a square, and whether they lie in a disc. */
function points(count: number, name: string): DataSet {
  const random = createRandom(1, name);
  const x = Array.from({ length: count }, () => [2 * random.next() - 1, 2 * random.next() - 1]);
  return fromArrays({ x, label: Int32Array.from(x, ([a, b]) => Number(a * a + b * b < 0.6)) });
}

/** Trains for `steps` steps and looks after each of `looks` equal parts; `collect` collects garbage first. */
export async function trainLong(
  device: Device,
  { steps, looks, collect }: { readonly steps: number; readonly looks: number; readonly collect: () => void },
): Promise<MemorySample[]> {
  const counter = countBuffers(device.gpu);
  const every = Math.max(1, Math.round(steps / looks));
  const samples: MemorySample[] = [];
  const run = await fit(device, task, points(1000, "training"), {
    iterations: steps,
    every,
    batch: 32,
    validation: points(100, "validation"),
    async after({ round }) {
      await device.idle();
      collect();
      const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
      samples.push({ step: round * every, resident: rss, heap: heapUsed + arrayBuffers, gpu: counter.live() });
      return undefined;
    },
  });
  run.dispose();
  return samples;
}
