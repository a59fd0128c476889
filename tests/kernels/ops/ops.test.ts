/** The op suite on the adapter that is there. INTARSIA_SEED replaces the random seed. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OPS, type OpName } from "../../../src/graph/index.ts";
import type { Device } from "../../../src/runtime/device.ts";
import { runOpSuite } from "./op-suite.ts";

const FIXED_SEED = 20_240_229;
const SEED = Number(process.env.INTARSIA_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Cases of each op and style: more under the fixed seed. */
const RUNS = new Map([
  [FIXED_SEED, 6],
  [SEED, 3],
]);

const counts = { ops: 0, forward: 0, first: 0, second: 0 };
let device: Promise<Device> | null = null;
const opened = (): Promise<Device> => {
  device ??= openDevice();
  return device;
};

for (const op of Object.keys(OPS) as OpName[]) {
  test(`${op}: the GPU agrees with the reference`, async () => {
    for (const [seed, runs] of RUNS) {
      const { forward, first, second, failures } = await runOpSuite(await opened(), { seed, runs, ops: [op] });
      assert.equal(failures, [], `INTARSIA_SEED=${seed}`);
      counts.forward += forward;
      counts.first += first;
      counts.second += second;
    }
    counts.ops++;
  });
}

test("every op was tried, and no error went unheard", async () => {
  const { description, errors, close } = await opened();
  const { ops, forward, first, second } = counts;
  console.log(
    `# ${description}: ${ops} ops, ${forward} forward cases, ${first} first and ${second} second derivatives, seeds ${FIXED_SEED} and ${SEED}`,
  );
  assert.is(ops, Object.keys(OPS).length);
  assert.equal(errors.take(), []);
  close();
});

test.run();
