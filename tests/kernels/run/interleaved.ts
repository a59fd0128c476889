/** Three programs around one store, beside the sequential model of what they compute: small integers, so that both are exact. */
import fc from "fast-check";
import { add, exp, input, mul, type Node, sub, sum, variable } from "../../../src/graph/index.ts";
import { compile, createStore, type Program, type Store } from "../../../src/kernels/index.ts";
import type { Device } from "../../../src/runtime/device.ts";

export const NAMES = ["count", "mix", "judge"] as const;
type Name = (typeof NAMES)[number];
type Outputs = Readonly<Record<string, readonly number[]>>;

const x = input("x", [3]);
const [n, m] = [variable("n", [1]), variable("m", [3])];
const total = (of: Node): Node => sum(of, [0], { keepDims: true });

const SPECS = {
  count: { outputs: { y: add(total(x), mul(n, 10)), x, n }, updates: [[n, add(n, sum(exp(mul(x, 0))))]] },
  mix: {
    outputs: { z: add(total(add(x, m)), n), m },
    updates: [
      [m, sub(add(x, n), m)],
      [n, sub(n, 1)],
    ],
  },
  judge: { outputs: { w: add(mul(m, 2), n), s: total(add(x, m)) }, updates: [] },
} as const;

export interface Bench {
  readonly store: Store;
  readonly programs: Readonly<Record<Name, Program>>;
  dispose(): void;
}

/** `splits`: which programs are made of one submit per kernel. */
export async function openBench(device: Device, splits: Readonly<Record<Name, boolean>>): Promise<Bench> {
  const store = createStore(device);
  const made = NAMES.map(async (name) => [
    name,
    await compile<string>(device, { name, ...SPECS[name], store, flopsPerSubmit: splits[name] ? 1 : undefined }),
  ]);
  const programs: Readonly<Record<Name, Program>> = Object.fromEntries(await Promise.all(made));
  return {
    store,
    programs,
    dispose() {
      for (const name of NAMES) programs[name].dispose();
      store.dispose();
    },
  };
}

/** The same, one thing after another. */
export function createModel() {
  let values = { n: [0], m: [0, 0, 0] };
  const last = new Map<Name, Outputs>();
  const plus = (a: readonly number[]): number => a.reduce((sum, each) => sum + each, 0);
  const step: Readonly<Record<Name, (x: readonly number[]) => Outputs>> = {
    count(x) {
      const { n, m } = values;
      values = { n: [n[0] + 3], m };
      return { y: [plus(x) + 10 * n[0]], x, n };
    },
    mix(x) {
      const { n, m } = values;
      values = { n: [n[0] - 1], m: x.map((each, i) => each + n[0] - m[i]) };
      return { z: [plus(x) + plus(m) + n[0]], m };
    },
    judge(x) {
      const { n, m } = values;
      return { w: m.map((each) => 2 * each + n[0]), s: [plus(x) + plus(m)] };
    },
  };
  return {
    run(name: Name, fed: readonly number[]): Outputs {
      const outputs = step[name](fed);
      last.set(name, outputs);
      return outputs;
    },
    last: (name: Name): Outputs | undefined => last.get(name),
    variable: (path: "n" | "m"): readonly number[] => values[path],
    write(path: "n" | "m", data: readonly number[]): void {
      values = { ...values, [path]: data };
    },
  };
}

const name = fc.constantFrom(...NAMES);
const fed = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 3, maxLength: 3 });
const path = fc.constantFrom("n" as const, "m" as const);

/** One thing that somebody begins, without waiting for what was begun before. */
export const event = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("call" as const), name, fed }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("run" as const), name, fed }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("read" as const), name, output: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("refused" as const), name, mistake: fc.constantFrom("feed", "missing", "signal", "output") }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("profile" as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("store.read" as const), path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("store.write" as const), path, value: fed }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("dispose" as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pause" as const), milliseconds: fc.constantFrom(0, 1, 5) }) },
);
export type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;
