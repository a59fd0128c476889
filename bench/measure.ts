/** The rounds of one workload: ours and the peers in turn, each visit in its own process, on one adapter. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdapterKind, Ceilings } from "../src/runtime/index.ts";
import { difference } from "./compare.ts";
import type { LibraryName } from "./libraries/library.ts";
import { type PyTorch, visitPyTorch } from "./pytorch/visit.ts";
import type { PeerResult, Row } from "./report.ts";
import { type Round, rowOf, summarize } from "./row.ts";
import { median } from "./statistics.ts";
import { type Visit, visit } from "./visit.ts";
import type { Workload } from "./workload.ts";

export interface Plan {
  readonly adapter: AdapterKind;
  readonly libraries: readonly LibraryName[];
  readonly rounds: number;
  /** A column of its own. Default: none. */
  readonly pytorch?: PyTorch | null;
  /** Of one visit. */
  readonly timeoutMs: number;
  /** Of steady calls in one visit. */
  readonly steadyMs: number;
  readonly progress: (line: string) => void;
}

/** A library that has taken longer than this in all is not visited for another round. */
const PATIENCE_MS = 90_000;
const MAX_CALLS = 12;

/**
 * Mesa's cache of compiled shaders, by round: none at first; then an empty one of the library's own, which the visit fills; then that one,
 * warm. Only the system's software adapter and Mesa's hardware drivers have it.
 */
function cacheOf(round: number, folder: string): Readonly<Record<string, string>> {
  return round === 0 ? { MESA_SHADER_CACHE_DISABLE: "true" } : { MESA_SHADER_CACHE_DISABLE: "false", MESA_SHADER_CACHE_DIR: folder };
}

/** @throws Error if our own library fails: there is no row then */
export async function measureWorkload(workload: Workload, plan: Plan): Promise<{ row: Row; ceilings: readonly Ceilings[] }> {
  const caches = mkdtempSync(join(tmpdir(), "intarsia-bench-"));
  const rounds = new Map<LibraryName, Round[]>(plan.libraries.map((library) => [library, []]));
  const refused = new Map<LibraryName, PeerResult>();
  const torch: Round[] = [];
  let torchRefused: PeerResult | null = null;
  let own: Visit | undefined;
  try {
    for (let round = 0; round < plan.rounds; round++) {
      for (const library of plan.libraries) {
        const before = rounds.get(library) as Round[];
        if (refused.has(library) || spent(before) > PATIENCE_MS) continue;
        const result = await visitOnce(workload, library, plan, cacheOf(round, join(caches, library)));
        before.push({ visit: result, warm: plan.adapter !== "embedded" && round > 1 });
        if (library === "intarsia") {
          if (!result.outputs || result.failed) throw new Error(result.failed ?? "intarsia did not end in time");
          own ??= result;
        } else {
          const reason = refusal(workload, result, own);
          if (reason) refused.set(library, reason);
        }
      }
      if (!plan.pytorch?.workloads.includes(workload.name) || torchRefused || spent(torch) > PATIENCE_MS) continue;
      plan.progress(`${workload.name}: PyTorch`);
      const visited = await visitPyTorch(plan.pytorch, workload, { ...plan, maxCalls: MAX_CALLS });
      torch.push({ visit: visited, warm: false });
      torchRefused = refusal(workload, visited, own);
    }
  } finally {
    rmSync(caches, { recursive: true, force: true });
  }
  const ours = summarize(rounds.get("intarsia") ?? []);
  if (!ours) throw new Error("intarsia did not end in time");
  const peers = plan.libraries
    .filter((library) => library !== "intarsia")
    .map((library) => [library, peerOf(library, rounds, refused)] as const);
  const ceilings = (rounds.get("intarsia") ?? []).flatMap(({ visit: { ceilings: found } }) => found ?? []);
  const row = rowOf(workload, ours, Object.fromEntries(peers), medianCeilings(ceilings));
  const pytorch = torchRefused ?? summarize(torch);
  return { row: { ...row, ...(pytorch ? { pytorch } : {}) }, ceilings };
}

export const medianCeilings = (all: readonly Ceilings[]): Ceilings | undefined =>
  all.length === 0 ? undefined : { gflops: median(all.map(({ gflops }) => gflops)), gbps: median(all.map(({ gbps }) => gbps)) };

const spent = (rounds: readonly Round[]): number =>
  rounds.flatMap(({ visit: { first, calls } }) => [...(first ? [first] : []), ...calls]).reduce((sum, { ms }) => sum + ms, 0);

async function visitOnce(workload: Workload, library: LibraryName, plan: Plan, environment: Readonly<Record<string, string>>) {
  const form = library === "intarsia" ? undefined : workload[library];
  if (form && "cannot" in form) return { calls: [], failed: form.cannot };
  const { adapter, steadyMs, timeoutMs, progress } = plan;
  progress(`${workload.name}: ${library}`);
  return visit({ library, workload: workload.name, adapter, steadyMs, maxCalls: MAX_CALLS, ceilings: true }, { timeoutMs, environment });
}

/** Why this peer is not visited again, if so. */
function refusal(workload: Workload, result: Visit, own: Visit | undefined): PeerResult | null {
  if (result.failed) return { cannot: result.failed };
  if (result.adapter && own?.adapter && result.adapter !== own.adapter) return { cannot: `it took another adapter, ${result.adapter}` };
  if (result.outputs && own?.outputs) {
    const differs = difference(own.outputs, result.outputs, workload.tolerance ?? 1e-3);
    if (differs) return { differs };
  }
  if (result.timedOut)
    return { timedOut: result.timedOut.during, atLeastMs: result.timedOut.ms, ...(result.first ? { firstMs: result.first.ms } : {}) };
  return null;
}

function peerOf(
  library: LibraryName,
  rounds: ReadonlyMap<LibraryName, readonly Round[]>,
  refused: ReadonlyMap<LibraryName, PeerResult>,
): PeerResult {
  const result = refused.get(library);
  const measured = summarize(rounds.get(library) ?? []);
  if (result && !("timedOut" in result && measured)) return result;
  return measured ?? { cannot: "it ended before its first call" };
}
