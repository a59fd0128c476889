/** Mistakes in a program or in how it is called: what is said, and that nothing is allocated or changed. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, exp, GraphError, input, matmul, mul, type Node, scope, sum, variable } from "../../../src/graph/index.ts";
import { compile, createStore, planProgram, type Program, ProgramError } from "../../../src/kernels/index.ts";
import type { Device } from "../../../src/runtime/device.ts";
import { buffersOf, rejects as rejectsWith } from "./spy.ts";

const device: Device = await openDevice();
const rejects = (run: () => Promise<unknown>, pattern: RegExp, type: new (...args: never[]) => Error = ProgramError) =>
  rejectsWith(run, pattern, type);

const x = input("x", [2, 3]);
const labels = input("labels", [2], "i32");

async function withProgram(outputs: Record<string, Node>, use: (program: Program) => Promise<void>): Promise<void> {
  const program = await compile(device, { name: "step", outputs });
  try {
    await use(program);
  } finally {
    program.dispose();
  }
}

test("feeds: unknown, missing, of another size, not finite, not whole", () =>
  withProgram({ y: exp(x), z: mul(labels, labels) }, async (program) => {
    const good = { x: [1, 2, 3, 4, 5, 6], labels: [1, 2] };
    await rejects(() => program.run({ ...good, w: [1] }), /^program "step" has no input "w"; it has x, labels$/);
    await rejects(() => program.run({ x: good.x }), /^program "step": input "labels" i32 \[2\] was not fed$/);
    await rejects(() => program.run({ ...good, x: [1, 2] }), /input "x" wants \[2, 3\] = 6 values, got 2/);
    await rejects(() => program.run({ ...good, x: [1, 2, 3, Number.NaN, 5, 6] }), /input "x" is NaN at element 3; inputs must be finite/);
    await rejects(() => program.run({ ...good, x: [1e39, 2, 3, 4, 5, 6] }), /input "x" is 1e\+39 at element 0/);
    await rejects(() => program.run({ ...good, labels: [1, 1.5] }), /input "labels" is 1.5 at element 1/);
    await rejects(() => program.run({ ...good, labels: [1, 2 ** 31] }), /input "labels" is 2147483648 at element 1/);
    await rejects(() => program.call(good, { read: ["loss"] }), /^program "step" has no output "loss"; it has y, z$/);
    const { z } = await program.call(good);
    assert.equal(Array.from(z), [1, 4], "the program is none the worse");
  }));

test("updates: twice, of no variable, of another shape", async () => {
  const v = variable("v", [2, 3]);
  const spec = (updates: readonly (readonly [Node, Node])[]) => ({ name: "step", outputs: {}, updates });
  await rejects(
    () =>
      compile(
        device,
        spec([
          [v, x],
          [v, exp(x)],
        ]),
      ),
    /program "step": variable "v" is updated twice/,
  );
  await rejects(() => compile(device, spec([[x, exp(x)]])), /an update needs a variable, got input/);
  await rejects(
    () => compile(device, spec([[v, sum(x)]])),
    /update of "v" in program "step": expected f32 \[2, 3\], got f32 \[\]/,
    GraphError,
  );
});

test("one name, two shapes", async () => {
  const outputs = { y: sum(add(sum(variable("v", [2])), sum(variable("v", [3])))) };
  await rejects(() => compile(device, { name: "step", outputs }), /variable "v" is used as f32 \[2\] and as f32 \[3\]/);
  await rejects(() => compile(device, { name: "step", outputs: { a: exp(input("x", [1])), b: exp(x) } }), /input "x" is used as/);
  const store = createStore(device);
  const first = await compile(device, { name: "first", outputs: { y: exp(variable("w", [4])) }, store });
  await rejects(
    () => compile(device, { name: "second", outputs: { y: exp(variable("w", [2, 2])) }, store }),
    /variable "w" is f32 \[4\] in the store, but the program wants f32 \[2, 2\]/,
  );
  await rejects(async () => store.write("w", [1, 2]), /variable "w" holds 4 values \[4\], got 2/);
  await rejects(async () => store.read("nothing"), /no variable "nothing" in the store; it has w/);
  first.dispose();
});

test("a budget that cannot be met allocates nothing", async () => {
  const outputs = { y: exp(matmul(input("a", [64, 64]), variable("w", [64, 64]))) };
  const { peak } = planProgram(device, { name: "step", outputs });
  const made = await buffersOf(device, () =>
    rejects(
      () => compile(device, { name: "step", outputs, budget: peak - 1 }),
      /program "step" needs at least \d+ bytes, 1 more than the budget/,
    ),
  );
  assert.is(made.length, 0);
  (await compile(device, { name: "step", outputs, budget: peak })).dispose();
});

test("too many bindings", async () => {
  const narrow = await openDevice({ limits: { maxStorageBuffersPerShaderStage: 2 } });
  const outputs = { y: scope("layer3", () => matmul(input("a", [4, 4]), input("b", [4, 4]))) };
  await rejects(
    () => compile(narrow, { name: "step", outputs }),
    /^program "step": matmul at layer3 needs 3 storage bindings, the adapter allows 2 \(input 64 B, input 64 B, matmul 64 B|layer3 64 B\)/,
  );
  narrow.close();
});

test("a disposed program, and a signal that was given", async () => {
  const program = await compile(device, { name: "step", outputs: { y: exp(x) } });
  const signal = AbortSignal.abort(new Error("enough"));
  await rejects(() => compile(device, { name: "late", outputs: { y: exp(x) }, signal }), /enough/, Error);
  await rejects(() => program.run({ x: [1, 2, 3, 4, 5, 6] }, { signal }), /enough/, Error);
  await rejects(() => program.call({ x: [1, 2, 3, 4, 5, 6] }, { signal }), /enough/, Error);
  program.dispose();
  program.dispose();
  await rejects(() => program.run({ x: [1, 2, 3, 4, 5, 6] }), /program "step" was disposed/);
  await rejects(() => program.read("y"), /program "step" was disposed/);
});

test("every device is closed", () => {
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
