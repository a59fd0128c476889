/** Single ops whose cost is in their mathematics: functions, powers, sums of rows that no vector fits, scattered sums. Only `against` measures them. */
import { constant, maxPool2d, pow, scatterAdd, sin, sum, variance, type Node } from "../../src/graph/index.ts";
import type { Specs } from "../tensors.ts";
import type { Cannot, Workload } from "../workload.ts";

const ALONE: Cannot = { cannot: "the row follows intarsia from commit to commit" };

const op = (name: string, x: Specs["x"], f: (x: Node) => Node): Workload => ({
  name,
  goal: "single op",
  tensors: () => ({ x }),
  ours: ({ x }) => ({ outputs: { y: f(x) } }),
  tfjs: ALONE,
  jax: ALONE,
});

const [SIDE, ODD] = [1024, 2047];
const SQUARE = { shape: [SIDE, SIDE], offset: 1.5 };
/** Which of 1000 rows each of 4096 goes to. */
const ROWS = Int32Array.from({ length: 4096 * 64 }, (_, i) => (Math.floor(i / 64) * 7919) % 1000);

export const ops: readonly Workload[] = [
  op("sin, 1M", SQUARE, sin),
  op("pow(x, 3), 1M", SQUARE, (x) => pow(x, 3)),
  op("pow(x, 1.7), 1M", SQUARE, (x) => pow(x, 1.7)),
  op("sum of 2047 rows of 2047", { shape: [ODD, ODD] }, (x) => sum(x, 1)),
  op("sum of 2047 columns of 2047", { shape: [ODD, ODD] }, (x) => sum(x, 0)),
  op("variance by channel, 16x64 at 32", { shape: [16, 64, 32, 32] }, (x) => variance(x, [0, 2, 3])),
  op("max pool 3x3/2, 8x64 at 64", { shape: [8, 64, 64, 64] }, (x) => maxPool2d(x, { kernelSize: 3, stride: 2, padding: 1 })),
  op("scatterAdd of 4096 rows to 1000", { shape: [4096, 64] }, (x) => scatterAdd(x, constant(ROWS, [4096, 64]), 0, 1000)),
];
