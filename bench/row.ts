/** From the visits of a workload to its row: medians, ratios to the best peer, goals. */
import type { Ceilings } from "../src/runtime/index.ts";
import { GOALS, type Goal } from "./goals.ts";
import type { Measured, PeerResult, Row } from "./report.ts";
import { median, spread } from "./statistics.ts";
import type { Visit } from "./visit.ts";
import type { Lap } from "./worker.ts";
import type { Workload } from "./workload.ts";

/** A visit, and whether an earlier one had filled its driver cache. */
export interface Round {
  readonly visit: Visit;
  readonly warm: boolean;
}

/** The calls that count: all but the first, in which drivers and pools settle; a single one does. */
const settled = ({ calls }: Visit): readonly Lap[] => (calls.length > 1 ? calls.slice(1) : calls);
const ms = ({ ms: wall }: Lap): number => wall;
const cpuMs = ({ cpuMs: cpu }: Lap): number => cpu;

/** undefined if no visit came as far as a second call */
export function summarize(rounds: readonly Round[]): Measured | undefined {
  const good = rounds.filter(({ visit }) => visit.first && visit.calls.length > 0);
  const laps = good.flatMap(({ visit }) => settled(visit));
  if (laps.length === 0) return undefined;
  const firsts = (warm: boolean): Lap[] => good.flatMap((round) => (round.warm === warm && round.visit.first ? [round.visit.first] : []));
  const [cold, warm] = [firsts(false), firsts(true)];
  return {
    ms: median(laps.map(ms)),
    spread: spread(good.map(({ visit }) => median(settled(visit).map(ms)))),
    cpuMs: median(laps.map(cpuMs)),
    firstMs: median(cold.map(ms)),
    firstCpuMs: median(cold.map(cpuMs)),
    ...(warm.length > 0 ? { warmFirstMs: median(warm.map(ms)) } : {}),
    bytes: Math.max(...good.map(({ visit }) => visit.bytes ?? 0)),
    rounds: good.length,
    calls: laps.length,
  };
}

interface Bounds {
  readonly ms?: number;
  readonly cpuMs?: number;
  readonly firstMs?: number;
  readonly bytes?: number;
  readonly bound: boolean;
}

function boundsOf(peer: PeerResult): Bounds | null {
  if ("cannot" in peer || "differs" in peer) return null;
  if (!("timedOut" in peer)) return { ...peer, bound: false };
  const { timedOut, atLeastMs, firstMs } = peer;
  return timedOut === "calls" ? { ms: atLeastMs, firstMs, bound: true } : { firstMs: atLeastMs, bound: true };
}

export function rowOf(
  workload: Workload,
  ours: Measured,
  peers: Readonly<Record<string, PeerResult>>,
  ceilings: Ceilings | undefined,
): Row {
  const all = Object.values(peers).flatMap((peer) => boundsOf(peer) ?? []);
  const best = (key: "ms" | "cpuMs" | "firstMs" | "bytes"): number | null => {
    const values = all.flatMap((bounds) => bounds[key] ?? []);
    return values.length === 0 ? null : Math.min(...values) / ours[key];
  };
  const fastest = all.filter(({ ms: wall }) => wall !== undefined).sort((a, b) => (a.ms as number) - (b.ms as number))[0];
  const ratios = { ratio: best("ms"), cpuRatio: best("cpuMs"), firstRatio: best("firstMs"), bytesRatio: best("bytes") };
  const rates = ratesOf(workload, ours, ceilings);
  return {
    workload: workload.name,
    goal: workload.goal,
    ours,
    peers,
    ...ratios,
    bound: fastest?.bound ?? all.length > 0,
    ...rates,
    ...judge(workload.goal, { ...ratios, ...rates }),
  };
}

function ratesOf({ flops, bytes }: Workload, ours: Measured, ceilings: Ceilings | undefined) {
  const per = (work: number): number => work / ours.ms / 1e6;
  if (flops) return { gflops: per(flops), ...(ceilings ? { shareOfCeiling: per(flops) / ceilings.gflops } : {}) };
  if (bytes) return { gbps: per(bytes), ...(ceilings ? { shareOfCeiling: per(bytes) / ceilings.gbps } : {}) };
  return {};
}

const WORDS: Readonly<Record<keyof Goal, (value: number) => string>> = {
  ratio: (value) => `${value.toFixed(2)} times`,
  firstRatio: (value) => `first call ${value.toFixed(2)} times`,
  bytesRatio: (value) => `bytes ${value.toFixed(2)} times`,
  shareOfCeiling: (value) => `${(100 * value).toFixed(0)} % of the ceiling`,
};

/** Goals without a number (no peer can do it) are neither met nor missed. */
export function judge(goal: keyof typeof GOALS, found: { readonly [K in keyof Goal]?: number | null }): Pick<Row, "met" | "missed"> {
  const [met, missed]: [string[], string[]] = [[], []];
  for (const [key, least] of Object.entries(GOALS[goal]) as [keyof Goal, number][]) {
    const value = found[key];
    if (value === null || value === undefined) continue;
    const words = WORDS[key];
    if (value >= least) met.push(words(value));
    else missed.push(`${words(value)}, goal ${words(least)}`);
  }
  return { met, missed };
}
