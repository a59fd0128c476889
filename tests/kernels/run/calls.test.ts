/** Calls at once: whoever begins what, and in whatever order it settles, everybody gets what was his at that place. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, exp, input, mul, sum, variable } from "../../../src/graph/index.ts";
import { compile, createStore, ProgramError } from "../../../src/kernels/index.ts";
import { DeviceError } from "../../../src/runtime/device.ts";
import { buffersOf, rejects } from "./spy.ts";

const device = await openDevice();
const x = input("x", [4]);

test("eight calls at once, each with its own feeds", async () => {
  for (const flopsPerSubmit of [undefined, 1]) {
    const program = await compile(device, { name: "sums", outputs: { y: sum(exp(mul(x, 0))), z: sum(x) }, flopsPerSubmit });
    const feed = new Float32Array(4);
    const calls = Array.from({ length: 8 }, (_, i) => program.call({ x: feed.fill(i) }));
    assert.equal(
      (await Promise.all(calls)).map(({ z }) => z[0]),
      [0, 4, 8, 12, 16, 20, 24, 28],
    );
    program.dispose();
  }
});
/** y = the sum of x and n, n <- n + 1; of one submit, or of one per kernel. */
function counting(flopsPerSubmit?: number) {
  const n = variable("n", [1]);
  const outputs = { y: sum(add(x, n)), late: sum(exp(sum(mul(x, n)))) };
  return compile(device, { name: "count", outputs, updates: [[n, add(n, 1)]], store: createStore(device), flopsPerSubmit });
}

const ones = { x: [1, 1, 1, 1] };

test("a call that asks for an output that is not there changes nothing", async () => {
  const program = await counting();
  const names: readonly string[] = ["y", "loss"];
  await rejects(() => program.call(ones, { read: names as readonly "y"[] }), /has no output "loss"/, ProgramError);
  assert.equal([...(await program.store.read("n"))], [0]);
  await rejects(() => program.read("y"), /^program "count" has not run yet: there is nothing to read$/, ProgramError);
  program.dispose();
});

test("what the driver refuses of one call is told to its caller alone", async () => {
  for (const flopsPerSubmit of [undefined, 1]) {
    const program = await counting(flopsPerSubmit);
    const { queue } = device.gpu;
    const submit = queue.submit;
    let submits = 0;
    const spoilt = flopsPerSubmit ? program.prepared.kernels.length + 2 : 3;
    queue.submit = (commands) => {
      // A buffer that may not be: the driver's refusal, caught by the scope of this submit.
      if (++submits === spoilt) device.gpu.createBuffer({ size: 4, usage: 0x1 | 0x80 });
      submit.call(queue, commands);
    };
    const outcomes = await Promise.allSettled([0, 1, 2].map(() => program.call(ones, { read: ["y"] })));
    queue.submit = submit;
    assert.equal(
      outcomes.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    const [first, second, third] = outcomes;
    assert.is(first.status === "fulfilled" && first.value.y[0], 4);
    assert.match(String(second.status === "rejected" && second.reason), /^ProgramError: program "count"/);
    // In one submit the spoilt run still counted, since its commands were sound; in several it ended there.
    assert.is(third.status === "fulfilled" && third.value.y[0], flopsPerSubmit ? 8 : 12);
    program.dispose();
  }
});

test("a run that is refused: told once, by the next that asks, and never to a call", async () => {
  const program = await counting();
  const { queue } = device.gpu;
  const submit = queue.submit;
  queue.submit = (commands) => {
    queue.submit = submit;
    device.gpu.createBuffer({ size: 4, usage: 0x1 | 0x80 });
    submit.call(queue, commands);
  };
  const running = program.run(ones);
  const calling = program.call(ones);
  const reading = program.read("y");
  await running;
  assert.is((await calling).y[0], 8);
  await rejects(() => reading, /program "count"/, ProgramError);
  assert.equal([...(await program.read("y"))], [8]);
  program.dispose();
});

test("a run that is stopped leaves its neighbours alone, and nothing to read", async () => {
  const program = await counting(1);
  const stop = new AbortController();
  const before = program.call(ones, { read: ["y"] });
  const stopped = program.call(ones, { signal: stop.signal });
  const reading = program.read("y");
  const never = program.call(ones, { signal: stop.signal });
  const after = program.call(ones, { read: ["y"] });
  const { queue } = device.gpu;
  const submit = queue.submit;
  let submits = 0;
  queue.submit = (commands) => {
    submit.call(queue, commands);
    // The first call's kernels and its copy, and one kernel of the second.
    if (++submits === program.prepared.kernels.length + 1) stop.abort(new Error("enough"));
  };
  // The first submit of the first call was before the count began.
  const refused = [rejects(() => stopped, /enough/, Error), rejects(() => never, /enough/, Error)];
  const unread = rejects(() => reading, /was stopped in the middle of its last run/, ProgramError);
  assert.is((await before).y[0], 4);
  await Promise.all([...refused, unread]);
  assert.is((await after).y[0], 8);
  queue.submit = submit;
  program.dispose();
});

test("a program that is disposed answers what was begun, then gives its buffers back", async () => {
  for (const flopsPerSubmit of [undefined, 1]) {
    let seen: readonly { readonly label: string; destroyed: boolean }[] = [];
    await buffersOf(device, async (made) => {
      seen = made;
      const program = await counting(flopsPerSubmit);
      const calls = [1, 2, 3].map(() => program.call(ones, { read: ["y"] }));
      program.dispose();
      program.dispose();
      assert.ok(made.every(({ destroyed }) => !destroyed));
      await rejects(() => program.call(ones), /program "count" was disposed/, ProgramError);
      assert.equal(
        (await Promise.all(calls)).map(({ y }) => y[0]),
        [4, 8, 12],
      );
    });
    assert.equal(
      seen.filter(({ destroyed }) => !destroyed).map(({ label }) => label),
      ["n"],
    );
  }
});

test("readers at once each have a buffer of their own, and one that is kept for the next", async () => {
  const program = await counting();
  await program.run(ones);
  const made = await buffersOf(device, async () => {
    await Promise.all([0, 1, 2, 3].map(() => program.read("y")));
    await program.read("y");
  });
  assert.is(made.length, 3);
  assert.ok(made.every(({ destroyed }) => destroyed));
  program.dispose();
});

test("what the driver refuses of a profile is told to its caller alone", async () => {
  await buffersOf(device, async (made) => {
    const [program, neighbour] = [await counting(), await counting()];
    const { buffer } = made.find(({ label }) => label === "count: input x") ?? { buffer: null };
    buffer?.destroy();
    const profiling = program.profile(1);
    const calling = neighbour.call(ones, { read: ["y"] });
    await rejects(() => profiling, /program "count".*destroyed/s, DeviceError);
    assert.is((await calling).y[0], 4);
    await rejects(() => program.read("y"), /there is nothing to read until it runs again/, ProgramError);
    await rejects(() => program.firstNonFinite(ones), /program "count"/, ProgramError);
    assert.equal(device.errors.messages, []);
    for (const each of [program, neighbour]) each.dispose();
  });
});

test("a program that is compiled in the middle of a run draws its variables, and waits for its turn", async () => {
  const n = variable("n", [1]);
  const fresh = variable("fresh", [1], { init: { kind: "constant", value: 7 } });
  const program = await counting(1);
  const calling = program.call(ones);
  const compiling = compile(device, { name: "later", outputs: { y: add(mul(n, 10), fresh) }, store: program.store });
  const later = await compiling;
  assert.equal([...(await later.call()).y], [17]);
  assert.is((await calling).y[0], 4);
  for (const each of [program, later]) each.dispose();
});

test("a store that is disposed in the middle of a run lets it end", async () => {
  const program = await counting(1);
  const calling = program.call(ones, { read: ["y"] });
  program.store.write("n", [5]);
  const reading = program.store.read("n");
  program.store.dispose();
  await rejects(() => program.store.read("n"), /no variable "n"/, ProgramError);
  assert.is((await calling).y[0], 4);
  assert.equal([...(await reading)], [5]);
  program.dispose();
});

test("every device is closed", () => {
  assert.equal(device.errors.take(), []);
  device.close();
});

test("a device that is lost ends all that waits for it", async () => {
  const lost = await openDevice();
  const store = createStore(lost);
  const n = variable("n", [1]);
  const spec = { name: "last", outputs: { y: sum(exp(sum(add(x, n)))) }, updates: [[n, add(n, 1)]] as const, store };
  const programs = [await compile(lost, spec), await compile(lost, { ...spec, flopsPerSubmit: 1 })];
  await programs[0].call(ones);
  const waiting: Promise<unknown>[] = [...programs, ...programs].map((program) => program.call(ones));
  waiting.push(programs[1].run(ones));
  lost.gpu.destroy();
  for (const outcome of await Promise.allSettled(waiting)) {
    // What was done before the device went may have arrived.
    if (outcome.status === "rejected") assert.instance(outcome.reason, DeviceError);
  }
  for (const program of programs) await rejects(() => program.call(ones), /program "last": the device was lost/, DeviceError);
  for (const program of programs) program.dispose();
  lost.close();
});

test.run();
