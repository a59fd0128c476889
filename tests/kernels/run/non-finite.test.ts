/** The node that went bad first, found in the kernels of the program that ran. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  add,
  concat,
  constant,
  conv2d,
  exp,
  grad,
  input,
  log,
  mean,
  mul,
  scope,
  sqrt,
  square,
  sub,
  sum,
  variable,
} from "../../../src/graph/index.ts";
import { compile, createStore, type Program, type ProgramSpec } from "../../../src/kernels/index.ts";
import { prepare } from "../../../src/kernels/compile/prepare.ts";
import { convolutions, perceptron, recurrence } from "../programs/training-steps.ts";

const device = await openDevice();

/** A layer that takes the logarithm of x - 2, between two harmless ones; its updates have no guard. */
function network(): Promise<Program> {
  const x = input("x", [8]);
  const weight = variable("first.weight", [8], { init: { kind: "constant", value: 1 } });
  const count = variable("count", [], { dtype: "i32" });
  const before = scope("first", () => mul(x, weight));
  const logarithm = scope("x", () => log(sub(before, 2)));
  const loss = scope("last", () => mean(square(add(logarithm, 1))));
  const [slope] = grad(loss, [weight]);
  const updates = [[weight, sub(weight, mul(slope, 0.1))] as const, [count, add(count, 1)] as const];
  return compile(device, { name: "step", outputs: { loss }, updates, store: createStore(device) });
}

const GOOD = { x: [3, 4, 5, 6, 7, 8, 9, 10] };
const BAD = { x: [3, 4, 5, 6, 7, 8, 9, 1] };

test("log of a negative number is found in its layer, and nothing is updated", async () => {
  const program = await network();
  assert.is(await program.firstNonFinite(GOOD), null);
  const found = await program.firstNonFinite(BAD);
  assert.is(found?.label, "log at x");
  assert.equal([found?.op, found?.path], ["log", "x"]);
  assert.ok(found && found.kernel >= 0 && found.kernel < program.prepared.kernels.length);
  assert.equal([...(await program.store.read("first.weight"))], Array(8).fill(1));
  assert.equal([...(await program.store.read("count"))], [0]);
  program.dispose();
});

test("a variable that is bad already is named by its path", async () => {
  const program = await network();
  program.store.write("first.weight", [1, 1, 1, Number.NaN, 1, 1, 1, 1]);
  assert.equal(await program.firstNonFinite(GOOD), {
    op: "variable",
    path: "first.weight",
    label: "variable first.weight",
    kernel: -1,
  });
  program.dispose();
});

test("calls before and behind the search have their own results", async () => {
  const program = await network();
  const [first, found, second] = await Promise.all([program.call(GOOD), program.firstNonFinite(BAD), program.call(GOOD)]);
  const again = await network();
  assert.equal([first.loss, second.loss], [(await again.call(GOOD)).loss, (await again.call(GOOD)).loss]);
  assert.is(found?.label, "log at x");
  await program.firstNonFinite(GOOD);
  const error = await program.read("loss").catch((reason: Error) => reason.message);
  assert.match(String(error), /there is nothing to read until it runs again/);
  for (const each of [program, again]) each.dispose();
});

test("an overflow deep in a chain is found", async () => {
  const x = input("x", [4]);
  let y = x;
  for (let i = 0; i < 90; i++) y = scope(`layer${i}`, () => mul(y, 2.75));
  const program = await compile(device, { name: "chain", outputs: { y: sum(sqrt(y)) } });
  const found = await program.firstNonFinite({ x: [1, 1, 1, 2] });
  assert.is(found?.label, `mul at layer${Math.ceil(Math.log(2 ** 128 / 2) / Math.log(2.75)) - 1}`);
  program.dispose();
});

test("in the parts of a concatenation, each beside the other", async () => {
  const x = input("x", [3, 2]);
  for (const axis of [0, 1]) {
    const outputs = { y: concat([scope("left", () => exp(x)), scope("right", () => log(x))], axis) };
    const program = await compile(device, { name: "parts", outputs });
    assert.is(await program.firstNonFinite({ x: [1, 2, 3, 4, 5, 6] }), null);
    assert.is((await program.firstNonFinite({ x: [1, 2, 3, 4, 5, -6] }))?.label, "log at right");
    assert.is((await program.firstNonFinite({ x: [1, 2, 300, 4, 5, 6] }))?.label, "exp at left");
    program.dispose();
  }
});

test("a kernel that reads a constant with an infinity", async () => {
  const x = input("x", [4]);
  const bounds = constant([1, Number.POSITIVE_INFINITY, 2, Number.NEGATIVE_INFINITY]);
  const bounded = scope("bounded", () => mul(exp(x), bounds));
  const program = await compile(device, { name: "bounds", outputs: { y: scope("end", () => sub(bounded, x)) } });
  assert.is((await program.firstNonFinite({ x: [1, 2, 3, 4] }))?.label, "mul at bounded");
  assert.is((await program.firstNonFinite({ x: [200, 2, 3, 4] }))?.label, "exp at bounded");
  program.dispose();
});

/** Feeds of ones, or of label 0. */
const anything = (program: Program) =>
  Object.fromEntries(
    program.prepared.inputs.map(({ attrs, shape, dtype }) => [
      attrs.key,
      new Array(shape.reduce((a, b) => a * b, 1)).fill(dtype === "f32" ? 1 : 0),
    ]),
  );

test("training steps, also where values are made again for a budget", async () => {
  let recomputed = 0;
  for (const [spec, saved] of [
    [perceptron(6), 0.05],
    [convolutions(6), 0],
    [recurrence(12), 0],
    [recurrence(12), 0.15],
  ] as const) {
    const { memory } = prepare(spec, device);
    const budget = Math.round(memory.peak - saved * memory.activations);
    const program = await compile(device, { ...spec, budget });
    recomputed += program.prepared.recomputation?.kernels ?? 0;
    const feeds = anything(program);
    assert.is(await program.firstNonFinite(feeds), null, `${spec.name}, budget ${budget}`);
    const weights = program.store.entries().filter(({ path, role }) => role === "parameter" && /^(second|out)\.weight$/.test(path));
    assert.is(weights.length, 1);
    const [weight] = weights;
    const values = await program.store.read(weight.path);
    program.store.write(
      weight.path,
      values.map((value) => 3e38 * Math.sign(value)),
    );
    const found = await program.firstNonFinite(feeds);
    assert.ok(found && found.kernel >= 0, `${spec.name}: ${found?.label}`);
    assert.not.ok(Number.isFinite((await program.call(feeds)).loss[0]), spec.name);
    program.dispose();
  }
  assert.ok(recomputed > 0);
});

test("what is found is what this program computes: forms of a convolution overflow at different sizes", async () => {
  const [x, w] = [input("x", [1, 8, 12, 12]), input("w", [8, 8, 3, 3])];
  const spec: ProgramSpec = { name: "conv", outputs: { y: scope("conv", () => conv2d(x, w, { padding: 1 })) } };
  const [choice] = [...prepare(spec, device).choices.values()].filter(({ forms }) => forms.includes("direct"));
  const outcomes = new Set<string>();
  for (const form of choice.forms)
    for (const size of [1, 1e30, 3e37, 3e38]) {
      const program = await compile(device, { ...spec, variants: { [choice.key]: form } });
      const sign = (_: unknown, i: number): number => (i % 2 === 0 ? size : -size);
      const feeds = { x: Array.from({ length: 8 * 144 }, sign), w: new Array(576).fill(1e-3) };
      const { y } = await program.call(feeds);
      const found = await program.firstNonFinite(feeds);
      if (!y.every(Number.isFinite)) assert.ok(found, `${form}, ${size}`);
      if (form === "direct") assert.is(found === null, y.every(Number.isFinite), `direct, ${size}`);
      if (found) assert.ok(found.kernel < program.prepared.kernels.length);
      outcomes.add(`${size} ${found === null}`);
      program.dispose();
    }
  assert.ok(outcomes.has("1 true"));
  assert.ok(choice.forms.length > 1);
});

test("every device is closed", () => {
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
