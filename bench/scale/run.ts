/** `npm run bench -- scale`: how intarsia's cost per item behaves as the work grows, as JSON, chart and table. */
import { writeFileSync } from "node:fs";
import { UserError } from "../../src/data/errors.ts";
import { mebibytes, short, table, time } from "../format.ts";
import type { Options } from "../options.ts";
import { writeBetween } from "../section.ts";
import { probe } from "../visit.ts";
import { AXES, type Axis } from "./axes.ts";
import { scaleChart } from "./chart.ts";
import { measureAxis } from "./measure.ts";
import { RISE_GOAL, type ScaleAxis, type ScaleReport } from "./report.ts";

/** The axes whose name contains one of the words, up to the size asked for. */
function chosen({ only, upTo }: Options): Axis[] {
  const found = AXES.filter(({ name }) => only.length === 0 || only.some((word) => name.includes(word)))
    .map((axis) => ({ ...axis, points: axis.points.filter(({ size }) => size <= upTo) }))
    .filter(({ points }) => points.length > 0);
  if (found.length === 0) throw new UserError(`nothing to measure; the axes are ${AXES.map(({ name }) => name).join(", ")}`);
  return found;
}

export async function runScale(options: Options, args: readonly string[], progress: (line: string) => void): Promise<void> {
  const axes = chosen(options);
  const begin = performance.now();
  const { adapter, description } = await probe(options.adapter);
  console.log(`${adapter}: ${description}`);
  const measured: ScaleAxis[] = [];
  for (const axis of axes) {
    const result = await measureAxis(axis, { ...options, adapter, progress });
    progress("");
    print(result);
    measured.push(result);
  }
  const minutes = (performance.now() - begin) / 60_000;
  const report = { command: ["npm run bench --", ...args].join(" "), adapter, description, minutes, axes: measured };
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.svg) writeFileSync(options.svg, `${scaleChart(report)}\n`);
  if (options.markdown) writeBetween(options.markdown, `scale ${adapter}`, scaleMarkdown(report));
}

function print({ name, what, item, points, rise, cpuRise, failed }: ScaleAxis): void {
  console.log(`${name}: ${what}; per ${item}, rises by ${(100 * rise).toFixed(0)} % at most (${(100 * cpuRise).toFixed(0)} % in CPU time)`);
  for (const { size, items, ms, firstMs, bytes, plannedBytes } of points)
    console.log(
      `  ${String(size).padStart(5)}  ${time(ms).padStart(10)}  ${time(ms / items).padStart(12)} each  first call ${time(firstMs)}, ` +
        `${mebibytes(bytes)}${bytes === plannedBytes ? " as planned" : `, planned ${mebibytes(plannedBytes)}`}`,
    );
  for (const [size, reason] of Object.entries(failed)) console.log(`  ${size}: ${reason}`);
}

/** A heading and a table per axis. */
export function scaleMarkdown({ adapter, command, minutes, axes }: ScaleReport): string {
  const parts = axes.map(({ name, what, item, points, rise, failed }) => {
    const rows = points.map(({ size, items, ms, firstMs, bytes, plannedBytes }) => [
      ...[String(size), time(ms), time(ms / items), time(firstMs), mebibytes(bytes)],
      bytes === plannedBytes ? "to the byte" : `${short((100 * (plannedBytes - bytes)) / bytes)} % off`,
    ]);
    const verdict = rise <= RISE_GOAL ? "met" : "**missed**";
    const gone = Object.entries(failed).map(([size, reason]) => ` ${size}: ${reason}.`);
    return [
      `**${name}**: ${what}. Time per ${item} rises by ${(100 * rise).toFixed(0)} % at most (goal ${100 * RISE_GOAL} %: ${verdict}).${gone.join("")}`,
      table([name, "a call", `per ${item}`, "first call", "GPU bytes", "program.memory"], rows),
    ].join("\n\n");
  });
  return [`### Growth, ${adapter}`, `Made by \`${command}\` in ${minutes.toFixed(0)} minutes.`, ...parts].join("\n\n");
}
