/** The pace learns how long work takes and sleeps for most of it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPace } from "../../src/runtime/pace.ts";

const wait = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));

async function slept(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

test("unknown work is asked for at once, known work is slept through for most of its time", async () => {
  const pace = createPace();
  const program = {};
  pace.begin(program);
  assert.ok((await slept(() => pace.sleep())) < 20);
  await wait(100);
  pace.end();
  pace.begin(program);
  const once = await slept(() => pace.sleep());
  assert.ok(once > 60 && once < 100, `slept ${once} ms of 100`);
  await wait(20);
  pace.end();
  pace.begin(program);
  pace.begin(program);
  const twice = await slept(() => pace.sleep());
  assert.ok(twice > 120, `slept ${twice} ms of 200`);
  pace.end();
});

test("work that has become shorter is noticed", async () => {
  const pace = createPace();
  const program = {};
  pace.begin(program);
  await wait(100);
  pace.end();
  let last = 100;
  for (let i = 0; i < 4; i++) {
    pace.begin(program);
    last = await slept(() => pace.sleep());
    pace.end();
  }
  assert.ok(last < 70, `still sleeps ${last} ms for work that is done at once`);
});

test.run();
