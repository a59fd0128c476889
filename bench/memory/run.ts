/** `npm run bench -- memory`: the bytes of a process and its GPU buffers while a small network is trained for a long time. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { writeFileSync } from "node:fs";
import { openDevice } from "../../src/runtime/index.ts";
import { mebibytes, table } from "../format.ts";
import type { Options } from "../options.ts";
import { writeBetween } from "../section.ts";
import { type MemorySample, trainLong } from "./train.ts";

const LOOKS = 20;

export async function runMemory(options: Options, args: readonly string[]): Promise<void> {
  const { steps, json, markdown } = options;
  const device = await openDevice({ adapter: options.adapter });
  const { description } = device;
  console.log(`${steps} steps on ${description}`);
  const begin = performance.now();
  const samples = await trainLong(device, { steps, looks: LOOKS, collect: garbageCollector() });
  const minutes = (performance.now() - begin) / 60_000;
  device.close();
  const command = ["npm run bench --", ...args].join(" ");
  console.log(`${memoryTable(samples)}\n${minutes.toFixed(1)} minutes`);
  if (json) writeFileSync(json, `${JSON.stringify({ command, description, minutes, samples }, null, 2)}\n`);
  if (markdown)
    writeBetween(markdown, "memory", `\`${command}\`: ${description}, ${minutes.toFixed(1)} minutes.\n\n${memoryTable(samples)}`);
}

/** The first look, a few on the way, and the last. */
export function memoryTable(samples: readonly MemorySample[]): string {
  const shown = samples.filter((_, i) => i === 0 || i === samples.length - 1 || (i + 1) % 5 === 0);
  const head = ["step", "process", "JavaScript", "GPU buffers"];
  return table(
    head,
    shown.map(({ step, resident, heap, gpu }) => [String(step), mebibytes(resident), mebibytes(heap), `${gpu} B`]),
  );
}

/** Node's own, which is there only when it is asked for. */
export function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
