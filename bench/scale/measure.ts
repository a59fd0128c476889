/** Visits every point of every axis, smallest first, in several rounds; each visit in its own process. */
import type { AdapterKind } from "../../src/runtime/index.ts";
import { median } from "../statistics.ts";
import { type Visit, visit } from "../visit.ts";
import type { Axis, Point } from "./axes.ts";
import { riseOf, type ScaleAxis, type ScalePoint } from "./report.ts";

export interface ScalePlan {
  readonly adapter: AdapterKind;
  readonly rounds: number;
  readonly timeoutMs: number;
  readonly steadyMs: number;
  readonly progress: (line: string) => void;
}

const MAX_CALLS = 12;

export async function measureAxis(axis: Axis, { adapter, rounds, timeoutMs, steadyMs, progress }: ScalePlan): Promise<ScaleAxis> {
  const visits = new Map<Point, Visit[]>(axis.points.map((point) => [point, []]));
  const failed: Record<string, string> = {};
  for (let round = 0; round < rounds; round++)
    for (const [point, before] of visits) {
      if (failed[point.size]) continue;
      progress(`${axis.name} ${point.size}, round ${round + 1} of ${rounds}`);
      const job = { library: "intarsia", workload: point.workload.name, adapter, steadyMs, maxCalls: MAX_CALLS, ceilings: false } as const;
      const result = await visit(job, { timeoutMs, environment: { MESA_SHADER_CACHE_DISABLE: "true" } });
      if (result.failed || result.calls.length === 0) failed[point.size] = result.failed ?? `not done in ${timeoutMs / 1000} s`;
      else before.push(result);
    }
  const points = [...visits].filter(([point]) => !failed[point.size]).map(([point, found]) => pointOf(point, found));
  const cost = (key: "ms" | "cpuMs"): number => riseOf(points.map((point) => point[key] / point.items));
  const { name, what, size, item } = axis;
  return { name, what, size, item, points, rise: cost("ms"), cpuRise: cost("cpuMs"), failed };
}

function pointOf({ size, items }: Point, visits: readonly Visit[]): ScalePoint {
  const laps = visits.flatMap(({ calls }) => (calls.length > 1 ? calls.slice(1) : calls));
  const firsts = visits.flatMap(({ first }) => first ?? []);
  return {
    size,
    items,
    ms: median(laps.map(({ ms }) => ms)),
    cpuMs: median(laps.map(({ cpuMs }) => cpuMs)),
    firstMs: median(firsts.map(({ ms }) => ms)),
    bytes: Math.max(...visits.map(({ bytes }) => bytes ?? 0)),
    plannedBytes: Math.max(...visits.map(({ plannedBytes }) => plannedBytes ?? 0)),
  };
}
