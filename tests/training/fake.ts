/** A training without a GPU: one weight that moves by a formula of its feeds, with the loop's guard done by hand. */

import type { RunFiles } from "../../src/training/host.ts";
import { type Host, memoryFiles, type Progress } from "../../src/training/host.ts";
import { GOOD_STEPS, SUMS } from "../../src/training/guard.ts";
import type { Feeds } from "../../src/kernels/index.ts";
import type { StepProgram, TrainingSpec, Variables } from "../../src/training/types.ts";

type Values = Map<string, Float32Array | Int32Array>;

export interface Fake {
  readonly spec: TrainingSpec;
  readonly values: Values;
  /** How often the loop waited for the device. */
  reads(): number;
  runs(): number;
}

export interface FakeOptions {
  readonly epochs?: number;
  /** The step (0-based, over the run) whose feed is a NaN. */
  readonly badStep?: number;
  readonly variant?: string;
  readonly identity?: Record<string, string | number>;
  readonly overrides?: Partial<TrainingSpec>;
}

/** Steps per epoch: not the same in each. */
const COUNTS = [5, 7, 6, 5];

export function fakeTraining({
  epochs = 3,
  badStep = -1,
  variant = "plain",
  identity = { seed: 1 },
  overrides = {},
}: FakeOptions = {}): Fake {
  const values: Values = new Map<string, Float32Array | Int32Array>([
    ["weight", Float32Array.of(0.5, -0.25)],
    ["weight/momentum", Float32Array.of(0, 0)],
    [GOOD_STEPS, Int32Array.of(0)],
    [SUMS, new Float32Array(8)],
  ]);
  let [reads, runs] = [0, 0];
  const variables: Variables = {
    entries: () =>
      [...values].map(([path, data]) => ({
        path,
        shape: path === GOOD_STEPS ? [] : path === SUMS ? [4, 2] : [2],
        dtype: data instanceof Int32Array ? "i32" : "f32",
        role: path === "weight" ? "parameter" : "slot",
      })),
    read: async (path) => values.get(path)!.slice(),
    write: (path, data) => void values.set(path, data.slice()),
  };
  const program: StepProgram = {
    name: "step",
    variants: { matmul: variant },
    async run(feeds) {
      runs += 1;
      move(values, feeds);
    },
    async read(output) {
      reads += 1;
      return values.get(output === "good" ? GOOD_STEPS : SUMS)!.slice();
    },
    async firstNonFinite(feeds) {
      return Number.isFinite(feeds.x[0]) ? null : { label: `log at loss (step ${feeds.step[0]})` };
    },
  };
  const first = (epoch: number): number => COUNTS.slice(0, epoch).reduce((sum, count) => sum + count, 0);
  const spec: TrainingSpec = {
    identity,
    variables,
    epochs,
    plan: (epoch) => ({
      count: COUNTS[epoch],
      step: (index) => {
        const x = first(epoch) + index === badStep ? Number.NaN : Math.sin(31 * epoch + index);
        return { program, feeds: { x: [x] }, items: 4 };
      },
    }),
    rates: (step, steps) => ({ learningRate: 0.1 * (1 - step / steps) }),
    summarize: ([loss, count]) => ({ loss: loss / count }),
    ...overrides,
  };
  return { spec, values, reads: () => reads, runs: () => runs };
}

/** The step: gradient x w, momentum, guard. */
function move(values: Values, feeds: Feeds): void {
  const [x, lr, step] = [feeds.x[0], feeds.learningRate[0], feeds.step[0]].map(Number);
  const [weight, momentum, good, sums] = ["weight", "weight/momentum", GOOD_STEPS, SUMS].map((path) => values.get(path)!);
  if (!Number.isFinite(x) || good[0] !== step) return;
  for (let i = 0; i < weight.length; i++) {
    momentum[i] = Math.fround(0.9 * momentum[i] + x * weight[i]);
    weight[i] -= lr * momentum[i];
  }
  sums[0] += weight[0] * weight[0];
  sums[1] += 1;
  good[0] += 1;
}

export interface FakeHost extends Host {
  readonly files: RunFiles & { readonly content: Map<string, Uint8Array> };
  readonly events: Progress[];
  readonly abort: AbortController;
}

/** A host in memory whose clock ticks once per look. */
export function fakeHost(files = memoryFiles()): FakeHost {
  const abort = new AbortController();
  const events: Progress[] = [];
  let time = 0;
  return {
    abort,
    events,
    files,
    signal: abort.signal,
    now: () => (time += 100),
    progress: (event) => void events.push(event),
    encodePng: () => new Uint8Array(),
  };
}
