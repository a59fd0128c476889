/**
 * Golden values (scripts/golden): reading them, the inputs that belong to them, and two engines that compute ours: the f64 reference, and
 * WebGPU. Every case and every tensor of a golden file has to be met by exactly one of ours.
 */
import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { evaluate, sizeOf, tensor, type Node, type Shape, type Tensor, type Update } from "../../src/graph/index.ts";

export interface Result {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

export interface Case {
  readonly name: string;
  readonly kind: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** How far PyTorch's own f32 is from these values, relative to the largest magnitude of each tensor. */
  readonly distance: number;
  readonly outputs: Readonly<Record<string, Result>>;
}

export const readCases = (file: string): readonly Case[] =>
  (JSON.parse(readFileSync(new URL(`../golden/${file}`, import.meta.url), "utf8")) as { cases: Case[] }).cases;

/** The same numbers as `fill` of scripts/golden/common.py: multiples of scale / 2048 in [-scale, scale). */
export function fill(name: string, shape: Shape, scale = 1): Float64Array {
  let seed = 2166136261;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 16777619);
  return new Float64Array(sizeOf(shape)).map((_, i) => {
    let h = (Math.imul(i, 0x9e3779b9) + seed) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (((h ^ (h >>> 16)) >>> 20) / 2048 - 1) * scale;
  });
}

/** A weight or a running statistic of a case, as `fill_state` of the script has it. */
export const fillState = (name: string, path: string, shape: Shape): Float64Array =>
  fill(`${name}/${path}`, shape, 0.5).map((value) => (path.endsWith("running_var") ? value + 1 : value));

export interface ProgramSpec {
  readonly outputs: Readonly<Record<string, Node>>;
  readonly updates?: readonly Update[];
}

export type Feeds = Readonly<Record<string, ArrayLike<number>>>;

/** Programs over one set of variables. */
export interface Engine {
  program(spec: ProgramSpec): Promise<(feeds: Feeds) => Promise<Record<string, Result>>>;
  /** Of a variable that a program has. */
  write(path: string, data: ArrayLike<number>): void;
  read(variable: Node): Promise<Result>;
  close(): void;
}

/** The definition: f64 on the CPU. */
export function referenceEngine(): Engine {
  const state = new Map<string, Tensor | ArrayLike<number>>();
  return {
    program: async ({ outputs, updates = [] }) => {
      return async (feeds) => {
        const nodes = [...Object.values(outputs), ...updates.map(([, next]) => next)];
        const values = evaluate(nodes, new Map([...state, ...Object.entries(feeds)]));
        const names = Object.keys(outputs);
        updates.forEach(([target], i) => state.set(target.op === "variable" ? target.attrs.path : "", values[names.length + i]));
        return Object.fromEntries(names.map((name, i) => [name, values[i]]));
      };
    },
    write: (path, data) => void state.set(path, data),
    read: async (variable) => evaluate([variable], new Map(state))[0],
    close: () => {},
  };
}

const RESIZED: ReadonlySet<string> = new Set(["resize", "resizeAligned", "upsample"]);

/** Of the f64 reference; the weights of an interpolation are f32 constants of the graph. */
export const referenceTolerance = ({ kind }: Case): number => (RESIZED.has(kind) ? 3e-7 : 1e-9);

/** Both have the same names and shapes, and |ours - golden| <= tolerance * largest magnitude of the golden tensor: zeros never pass. */
export function compare(golden: Case, ours: Readonly<Record<string, Result>>, tolerance: number): number {
  assert.equal(Object.keys(ours).sort(), Object.keys(golden.outputs).sort(), `${golden.name}: names`);
  let worst = 0;
  for (const [name, want] of Object.entries(golden.outputs)) {
    const got = ours[name];
    assert.equal([...got.shape], [...want.shape], `${golden.name}: shape of ${name}`);
    const scale = Math.max(...Array.from(want.data, Math.abs));
    for (let i = 0; i < want.data.length; i++) {
      const off = Math.abs(got.data[i] - want.data[i]);
      const error = off === 0 ? 0 : off / scale;
      worst = Math.max(worst, error);
      if (!(error <= tolerance))
        assert.unreachable(`${golden.name}: ${name}[${i}] is ${got.data[i]}, PyTorch has ${want.data[i]} (tolerance ${tolerance})`);
    }
  }
  return worst;
}

export const numbers = (data: ArrayLike<number>, shape: Shape = [data.length]): Result => tensor(data, shape);
