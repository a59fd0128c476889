/** Special values through every op, on the adapter that is there. INTARSIA_SEED replaces the random seed. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OPS, type OpName } from "../../../src/graph/index.ts";
import type { Device } from "../../../src/runtime/device.ts";
import { differenceFrom, specialCases } from "../../graph/special-cases.ts";
import { compute, runKnownNumbers, runPowers, runSpecialValues } from "./special-suite.ts";

const FIXED_SEED = 20_240_229;
const SEED = Number(process.env.INTARSIA_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 12;

const counts = { cases: 0, gradients: 0, exempt: 0 };
let device: Promise<Device> | null = null;
const opened = (): Promise<Device> => {
  device ??= openDevice();
  return device;
};

for (const op of Object.keys(OPS) as OpName[]) {
  test(`${op}: special values`, async () => {
    for (const seed of [FIXED_SEED, SEED]) {
      const { cases, gradients, exempt, failures } = await runSpecialValues(await opened(), op, seed, RUNS);
      counts.cases += cases;
      counts.gradients += gradients;
      counts.exempt += exempt;
      assert.equal(failures, [], `INTARSIA_SEED=${seed}`);
    }
  });
}

test("the table of special values", async () => {
  const failures: string[] = [];
  let listed = 0;
  for (const op of Object.keys(OPS) as OpName[])
    for (const found of specialCases(op)) {
      listed++;
      const problem = differenceFrom(found, await compute(await opened(), found.outputs, found.values));
      if (problem) failures.push(problem);
    }
  assert.equal(failures, []);
  assert.ok(listed > 80);
});

for (const op of (Object.keys(OPS) as OpName[]).filter((name) => OPS[name].wgsl)) {
  test(`${op}: known numbers, and one input twice`, async () => {
    const { cases, failures } = await runKnownNumbers(await opened(), op);
    counts.cases += cases;
    assert.equal(failures, []);
  });
}

test("powers of exponents that the graph knows", async () => {
  const exponents = [0, 1, 2, 3, 4, 5, 10, 101, -1, -2, -3, 0.5, 0.25, 1.5, -0.5, -0.75, 1e10, -1e10, 16777217, Infinity, -Infinity, NaN];
  const { cases, failures } = await runPowers(await opened(), exponents);
  assert.is(cases, exponents.length);
  assert.equal(failures, []);
});

test("most cases were held to something, and no error went unheard", async () => {
  const { description, errors, close } = await opened();
  const { cases, gradients, exempt } = counts;
  console.log(`# ${description}: ${cases} cases, ${gradients} gradients, ${exempt} exempt, seeds ${FIXED_SEED} and ${SEED}`);
  assert.ok(exempt < (cases + gradients) / 5);
  assert.equal(errors.take(), []);
  close();
});

test.run();
