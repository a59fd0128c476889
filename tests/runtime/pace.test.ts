/** The pace learns how long work takes and sleeps for most of it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPace, type Pace } from "../../src/runtime/pace.ts";

const wait = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));

async function slept(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** Lets the pace see work that takes `ms`. */
async function work(pace: Pace, program: object, ms: number): Promise<void> {
  pace.begin(program);
  const begin = performance.now();
  await pace.sleep();
  await wait(Math.max(0, begin + ms - performance.now()));
  pace.end();
}

test("unknown work is asked for at once, known work is slept through for most of its time", async () => {
  const pace = createPace();
  const program = {};
  pace.begin(program);
  assert.ok((await slept(() => pace.sleep())) < 50);
  pace.end();
  const took = await slept(() => work(pace, program, 100));
  pace.begin(program);
  const once = await slept(() => pace.sleep());
  assert.ok(once > 70 && once < took + 50, `slept ${once} ms of ${took}`);
});

test("the first time, when drivers compile, is not what is expected of the next", async () => {
  const pace = createPace();
  const program = {};
  await work(pace, program, 300);
  pace.begin(program);
  assert.ok((await slept(() => pace.sleep())) < 50);
});

test("a pause between runs is not taken for work", async () => {
  const pace = createPace();
  const program = {};
  for (let i = 0; i < 2; i++) await work(pace, program, 20);
  pace.begin(program);
  await wait(300);
  pace.begin(program);
  const once = await slept(() => pace.sleep());
  assert.ok(once < 150, `slept ${once} ms`);
});

test("work that has become shorter is noticed", async () => {
  const pace = createPace();
  const program = {};
  for (let i = 0; i < 2; i++) await work(pace, program, 200);
  let last = 0;
  for (let i = 0; i < 5; i++) {
    pace.begin(program);
    last = await slept(() => pace.sleep());
    pace.end();
  }
  assert.ok(last < 150, `still sleeps ${last} ms for work that is done at once`);
});

test.run();
