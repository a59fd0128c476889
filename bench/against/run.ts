/** `npm run bench -- against COMMIT`: this engine and that of an earlier commit in turn, on the same workloads, in CPU time. */
import { writeFileSync } from "node:fs";
import { table, time } from "../format.ts";
import type { Options } from "../options.ts";
import { writeBetween } from "../section.ts";
import { probe, visit } from "../visit.ts";
import type { Job } from "../worker.ts";
import { choose, OWN } from "../workloads/index.ts";
import { checkOut, thisCommit } from "./checkout.ts";
import { type Change, changeOf, type Sample, sampleOf } from "./change.ts";

/** Enough for a median; a call of a second is not repeated longer than --steady says. */
const MAX_CALLS = 25;

export interface AgainstReport {
  readonly command: string;
  readonly adapter: string;
  readonly description: string;
  readonly before: string;
  readonly now: string;
  readonly rounds: number;
  readonly minutes: number;
  readonly rows: readonly Change[];
  /** Workloads that one of the two engines cannot run, and why. */
  readonly failed: Readonly<Record<string, string>>;
}

export async function runAgainst(options: Options, args: readonly string[], progress: (line: string) => void): Promise<void> {
  const begin = performance.now();
  const { adapter, description } = await probe(options.adapter);
  const workloads = choose(options.only, adapter, OWN);
  const other = checkOut(options.commit as string);
  const now = thisCommit();
  const rows: Change[] = [];
  const failed: Record<string, string> = {};
  console.log(`${adapter}: ${description}; ${other.commit} and ${now}, ${options.rounds} rounds, CPU time`);
  try {
    for (const { name } of workloads) {
      const job: Job = { library: "intarsia", workload: name, adapter, steadyMs: options.steadyMs, maxCalls: MAX_CALLS, ceilings: false };
      const found = await inTurn(job, [other.root, undefined], options, (round) => progress(`${name}: round ${round}`));
      progress("");
      if (typeof found === "string") {
        failed[name] = found;
        console.log(`${name}: no row, ${found}`);
        continue;
      }
      const row = changeOf(name, found[0], found[1]);
      rows.push(row);
      console.log(cells(row).join("  "));
    }
  } finally {
    other.remove();
  }
  const command = ["npm run bench --", ...args].join(" ");
  const minutes = (performance.now() - begin) / 60_000;
  const report = { command, adapter, description, before: other.commit, now, rounds: options.rounds, minutes, rows, failed };
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.markdown) writeBetween(options.markdown, `against ${other.commit} ${adapter}`, againstMarkdown(report));
}

/** Visits by turns, the one that begins changing from round to round. A reason instead if one engine cannot. */
async function inTurn(
  job: Job,
  roots: readonly [string, undefined],
  { rounds, timeoutMs }: Options,
  progress: (round: number) => void,
): Promise<[Sample[], Sample[]] | string> {
  const samples: [Sample[], Sample[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    progress(round + 1);
    for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const result = await visit(job, { timeoutMs, environment: { MESA_SHADER_CACHE_DISABLE: "true" }, root: roots[side] });
      const sample = sampleOf(result);
      if (!sample) return `${side === 0 ? "before" : "now"}: ${result.failed ?? "it did not end in time"}`;
      samples[side].push(sample);
    }
  }
  return samples;
}

function cells({ workload, before, now, ratio, firstRatio, slower }: Change): string[] {
  const side = ({ median, least, most }: Change["now"]): string => `${time(median)} [${time(least)}, ${time(most)}]`;
  const factor = ratio.toFixed(2);
  return [workload, side(before), side(now), slower ? `**${factor}**` : factor, firstRatio.toFixed(2)];
}

export function againstMarkdown({ command, description, before, now, rounds, minutes, rows, failed }: AgainstReport): string {
  const gone = Object.entries(failed).map(([workload, reason]) => `- ${workload}: no row, ${reason}`);
  return [
    `${description}: ${before} (before) and ${now} in turn, ${rounds} rounds, a process per visit; CPU time of a call, the least of a visit: median and range over the visits. ` +
      `Bold: every visit slower than every one before, and 2 % or more. Made by \`${command}\` in ${minutes.toFixed(0)} minutes.`,
    table(["a call, CPU", "before", "now", "ratio", "first call, ratio"], rows.map(cells)),
    ...(gone.length > 0 ? [gone.join("\n")] : []),
  ].join("\n\n");
}
