/** metrics.jsonl: one JSON object per epoch. */

import { UserError } from "../data/errors.ts";
import type { RunFiles } from "./host.ts";
import type { Metrics } from "./types.ts";

export const METRICS_FILE = "metrics.jsonl";

export const appendMetrics = (files: RunFiles, metrics: Metrics): Promise<void> =>
  files.append(METRICS_FILE, `${JSON.stringify(metrics)}\n`);

/** All epochs so far. A last line that was cut off (the program was killed) is left out; any other that is not JSON: UserError. */
export async function readMetrics(files: RunFiles): Promise<Metrics[]> {
  const bytes = await files.read(METRICS_FILE);
  if (!bytes) return [];
  const text = new TextDecoder().decode(bytes);
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines.slice(0, -1).map((line, i) => {
    try {
      return JSON.parse(line) as Metrics;
    } catch {
      throw new UserError(`${files.locate(METRICS_FILE)}: line ${i + 1} is not JSON`);
    }
  });
}

/** Drops the records after the first `epochs`: those epochs will be repeated. */
export async function trimMetrics(files: RunFiles, epochs: number): Promise<void> {
  const records = await readMetrics(files);
  const kept = records.filter(({ epoch }) => epoch <= epochs);
  await files.write(METRICS_FILE, kept.map((record) => `${JSON.stringify(record)}\n`).join(""));
}
