/** A short, whole MIL run on the device that this place has: real digits, files in memory. */
import { openDevice } from "#open-device";
import type { LabelledImages } from "../../../src/data/tensors/idx.ts";
import { presetConfig } from "../../../src/studies/mil/config.ts";
import { runMil } from "../../../src/studies/mil/run.ts";
import { memoryFiles } from "../../../src/training/host.ts";
import { readMetrics } from "../../../src/training/metrics-log.ts";

export const SIDE = 28;
/** Digits in the file that the page fetches: training first, then test. Each is its pixels and its label. */
export const COUNTS = { train: 600, test: 120 };

const CONFIG = {
  ...presetConfig("quick", "single-digit", "lstm"),
  trainBags: 24,
  validationBags: 8,
  testBags: 8,
  epochs: 2,
  batch: 4,
  channels1: 4,
  channels2: 6,
  features: 16,
  hidden: 12,
};

export interface Outcome {
  readonly description: string;
  /** Per epoch: training and validation loss. */
  readonly losses: readonly number[];
  readonly testError: number;
  /** Characters of report.html. */
  readonly report: number;
}

export async function train(digits: Uint8Array): Promise<Outcome> {
  const set = (from: number, count: number): LabelledImages => {
    const images = new Uint8Array(count * SIDE * SIDE);
    const labels = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const at = (from + i) * (SIDE * SIDE + 1);
      images.set(digits.subarray(at, at + SIDE * SIDE), i * SIDE * SIDE);
      labels[i] = digits[at + SIDE * SIDE];
    }
    return { images, labels, count, height: SIDE, width: SIDE };
  };
  const device = await openDevice();
  const files = memoryFiles();
  const quiet = () => undefined;
  const host = {
    now: () => performance.now(),
    files,
    signal: new AbortController().signal,
    progress: quiet,
    note: quiet,
    encodePng: () => new Uint8Array(8),
  };
  try {
    const data = { train: set(0, COUNTS.train), test: set(COUNTS.train, COUNTS.test) };
    const { result } = await runMil({ host, device, config: CONFIG, data, version: "test" });
    const losses = (await readMetrics(files)).flatMap((record) => [record.loss, record["validation loss"]]);
    return { description: device.description, losses, testError: result.testError, report: files.content.get("report.html")?.length ?? 0 };
  } finally {
    device.close();
  }
}

export const main = async (): Promise<Outcome> => train(new Uint8Array(await (await fetch("/digits.bin")).arrayBuffer()));
