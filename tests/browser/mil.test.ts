/** Chapter 7's pipeline, short: the same run in a browser and in Node, on two builds of SwiftShader. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadDigits } from "../../src/data/node/digits.ts";
import { runInBrowser } from "./harness.ts";
import { COUNTS, type Outcome, SIDE, train } from "./pages/mil.ts";

/** Of the losses. Both adapters compute in f32, but need not round, order or fuse alike. */
const TOLERANCE = 1e-3;

test("a short MIL training gives the losses of Node in a browser", async () => {
  process.env.INTARSIA_ADAPTER = "embedded";
  const digits = digitsFile();
  const there = (await runInBrowser("tests/browser/pages/mil.ts", { files: { "/digits.bin": digits }, timeoutMs: 300_000 })) as Outcome;
  const here = await train(digits);
  assert.is(here.losses.length, 4);
  assert.ok(here.losses.every((loss) => Number.isFinite(loss) && loss > 0));
  const off = here.losses.map((loss, i) => Math.abs(loss - there.losses[i]));
  console.log(
    `# MIL in ${there.description}: losses ${there.losses.map((loss) => loss.toFixed(6)).join(" ")}, at most ${Math.max(...off).toExponential(1)} off Node's`,
  );
  assert.ok(
    off.every((difference) => difference <= TOLERANCE),
    `${there.losses} in the browser, ${here.losses} in Node`,
  );
  assert.ok(there.report > 10_000);
});

function digitsFile(): Uint8Array {
  const { train: first, test: second } = loadDigits();
  const item = SIDE * SIDE + 1;
  const file = new Uint8Array((COUNTS.train + COUNTS.test) * item);
  const put = (set: typeof first, count: number, from: number): void => {
    for (let i = 0; i < count; i++) {
      file.set(set.images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE), (from + i) * item);
      file[(from + i) * item + SIDE * SIDE] = set.labels[i];
    }
  };
  put(first, COUNTS.train, 0);
  put(second, COUNTS.test, COUNTS.train);
  return file;
}

test.run();
