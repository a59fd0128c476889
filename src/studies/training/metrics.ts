/** metrics.jsonl: one JSON object per epoch. */

import { UserError } from "../../data/errors.ts";
import type { RunFiles } from "./host.ts";
import type { Metrics } from "./types.ts";

export const METRICS_FILE = "metrics.jsonl";

export const appendMetrics = (files: RunFiles, metrics: Metrics): Promise<void> =>
  files.append(METRICS_FILE, `${JSON.stringify(metrics)}\n`);

/** All epochs so far. A line that is not JSON: UserError. */
export async function readMetrics(files: RunFiles): Promise<Metrics[]> {
  const bytes = await files.read(METRICS_FILE);
  if (!bytes) return [];
  const lines = new TextDecoder().decode(bytes).split("\n").filter(Boolean);
  return lines.map((line, i) => {
    try {
      return JSON.parse(line) as Metrics;
    } catch {
      throw new UserError(`${files.locate(METRICS_FILE)}: line ${i + 1} is not JSON`);
    }
  });
}

/** Drops the records of epochs that will be trained again: those after the first `epochs`. */
export async function trimMetrics(files: RunFiles, epochs: number): Promise<void> {
  const records = await readMetrics(files);
  const kept = records.filter(({ epoch }) => epoch <= epochs);
  if (kept.length < records.length) await files.write(METRICS_FILE, kept.map((record) => `${JSON.stringify(record)}\n`).join(""));
}
