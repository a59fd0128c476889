/** Running and reading: what belongs to which run, whoever waits for what. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, argmax, exp, input, mul, type Node, reshape, sum, variable } from "../../../src/graph/index.ts";
import { compile, createStore, type Program } from "../../../src/kernels/index.ts";

const device = await openDevice();
const x = input("x", [4]);
const counter = (): Node => variable("n", [1]);

/** y = x + n, n <- n + 1. */
const counting = (flopsPerSubmit?: number): Promise<Program> => {
  const n = counter();
  return compile(device, {
    name: "count",
    outputs: { y: sum(add(x, n)), n },
    updates: [[n, add(n, 1)]],
    store: createStore(device),
    flopsPerSubmit,
  });
};

test("a read that nobody awaits yet shows the run before it, not the next", async () => {
  const program = await counting();
  const reads: Promise<ArrayLike<number>>[] = [];
  for (let i = 0; i < 5; i++) {
    await program.run({ x: [i, i, i, i] });
    reads.push(program.read("y"));
  }
  assert.equal(
    (await Promise.all(reads)).map((values) => values[0]),
    [0, 8, 16, 24, 32],
  );
  assert.equal(Array.from(await program.store.read("n")), [5]);
  program.dispose();
});

test("runs that nobody awaits follow each other, in one submit or in several", async () => {
  for (const flopsPerSubmit of [undefined, 1]) {
    const program = await counting(flopsPerSubmit);
    const runs = [0, 1, 2].map((i) => program.run({ x: [i, i, i, i] }));
    const last = program.read("y");
    await Promise.all(runs);
    assert.is((await last).length, 1);
    assert.equal(Array.from(await program.read("y")), [2 * 4 + 2 * 4]);
    assert.equal(Array.from(await program.read("n")), [2], "an output that is a variable shows it as it was before the run");
    assert.equal(Array.from(await program.store.read("n")), [3]);
    program.dispose();
  }
});

test("a run that is stopped between its submits leaves all variables as they were, or all new", async () => {
  const [a, b] = [variable("a", [128]), variable("b", [128])];
  const outcomes = new Set<string>();
  for (let stopAt = 1; stopAt <= 8; stopAt++) {
    const store = createStore(device);
    const late = add(sum(exp(add(b, 1))), 1);
    const updates = [
      [a, add(a, sum(exp(b)))],
      [b, add(b, late)],
    ] as const;
    const program = await compile(device, { name: "stop", outputs: { late }, updates, store, flopsPerSubmit: 1 });
    const controller = new AbortController();
    const { queue } = device.gpu;
    const submit = queue.submit;
    let submits = 0;
    queue.submit = (buffers) => {
      submit.call(queue, buffers);
      if (++submits === stopAt) controller.abort();
    };
    await program.run({}, { signal: controller.signal }).catch(() => null);
    queue.submit = submit;
    const [first, second] = [await store.read("a"), await store.read("b")].map((values) => values[0] !== 0);
    assert.is(first, second, `stopped after submit ${stopAt}`);
    outcomes.add(`${first}`);
    program.dispose();
    store.dispose();
  }
  assert.is(outcomes.size, 2, "stopped in time, and too late");
});

test("several outputs of one value, of a part, of an input, of a constant", async () => {
  const y = exp(mul(x, 0));
  const outputs = { a: y, b: y, whole: reshape(y, [2, 2]), input: x, best: argmax(x, 0), sum: sum(y) };
  const program = await compile(device, { name: "outputs", outputs });
  const values = await program.call({ x: [1, 5, 2, 3] });
  assert.equal(
    Object.entries(values).map(([name, data]) => [name, ...data]),
    [
      ["a", 1, 1, 1, 1],
      ["b", 1, 1, 1, 1],
      ["whole", 1, 1, 1, 1],
      ["input", 1, 5, 2, 3],
      ["best", 1],
      ["sum", 4],
    ],
  );
  values.a[0] = 7;
  assert.is(values.b[0], 1, "every output has its own array");
  assert.instance(values.best, Int32Array);
  assert.equal(await program.call({ x: [1, 2, 3, 4] }, { read: [] }), {});
  assert.equal(Object.keys(await program.call({ x: [1, 2, 3, 4] }, { read: ["sum"] })), ["sum"]);
  program.dispose();
});

test("a program without outputs, and one without kernels", async () => {
  const n = counter();
  const store = createStore(device);
  const program = await compile(device, { name: "silent", outputs: {}, updates: [[n, add(n, 2)]], store });
  await program.run();
  await program.call();
  assert.equal(Array.from(await store.read("n")), [4]);
  const idle = await compile(device, { name: "idle", outputs: {}, updates: [[n, n]], store });
  await idle.run();
  assert.equal(Array.from(await store.read("n")), [4]);
  for (const each of [program, idle]) each.dispose();
});

test("every device is closed", () => {
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
