/** The memory plan: nothing that lives at once overlaps, and what is reported is what is allocated. */
import { openDevice } from "#open-device";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, exp, input, matmul, mul, type Node, sizeOf, sub, sum, tanh, variable } from "../../../src/graph/index.ts";
import { compile, createStore, planProgram, type ProgramSpec } from "../../../src/kernels/index.ts";
import { type Prepared, prepare } from "../../../src/kernels/compile/prepare.ts";
import type { DeviceLimits } from "../../../src/runtime/device.ts";
import { programOf, recipes } from "../programs/random-programs.ts";
import { buffersOf, total } from "../run/spy.ts";

const device = await openDevice();
const tight: DeviceLimits = {
  ...device.limits,
  maxStorageBufferBindingSize: 256,
  maxBufferSize: 2048,
  maxStorageBuffersPerShaderStage: 64,
};

/** A second account of lifetimes: from the first kernel that touches an owner to the last, or to the end for what is read. */
function checkPlan(prepared: Prepared, limits: DeviceLimits): void {
  const { plan, kernels, homes, outputs } = prepared;
  const used = new Map<Node, number[]>();
  kernels.forEach(({ bindings }, at) => {
    for (const { owner } of bindings) used.set(owner, [...(used.get(owner) ?? []), at]);
  });
  const kept = new Set([...outputs.values()].map((node) => homes.get(node)?.owner));
  const blocks = plan.blocks.map((block) => {
    const at = used.get(block.owner) as number[];
    return { ...block, first: Math.min(...at), last: kept.has(block.owner) ? kernels.length : Math.max(...at) };
  });
  for (const block of blocks) {
    assert.is(block.offset % 256, 0);
    assert.ok(block.offset + block.size <= plan.arenas[block.arena], "inside its arena");
    assert.ok(block.size <= Math.max(256, limits.maxStorageBufferBindingSize));
  }
  for (const size of plan.arenas) assert.ok(size <= limits.maxBufferSize);
  for (const [i, a] of blocks.entries())
    for (const b of blocks.slice(i + 1)) {
      const together = a.first <= b.last && b.first <= a.last && a.arena === b.arena;
      if (together) assert.ok(a.offset + a.size <= b.offset || b.offset + b.size <= a.offset, `${a.owner.op} and ${b.owner.op} overlap`);
    }
  for (const { owner, size } of kernels.flatMap(({ bindings }) =>
    bindings.map(({ owner: node }) => ({ owner: node, size: sizeOf(node.shape) * 4 })),
  ))
    if (!["input", "variable", "constant"].includes(owner.op)) {
      const held = blocks.filter((block) => block.owner === owner).reduce((bytes, block) => bytes + block.size, 0);
      assert.ok(held >= size, `${owner.op} has ${held} of ${size} bytes`);
    }
}

test("no two values that live at once overlap", () => {
  let blocks = 0;
  const property = fc.property(recipes(5, 40), fc.boolean(), (recipe, small) => {
    const limits = small ? tight : device.limits;
    const prepared = prepare(programOf(recipe).spec, { limits, software: true });
    checkPlan(prepared, limits);
    blocks += prepared.plan.blocks.length;
  });
  fc.assert(property, { numRuns: 120 });
  console.log(`# memory: ${blocks} blocks`);
});

test("memory is reused: a chain needs no more than two values at once", () => {
  const weight = variable("w", [32, 32]);
  const chain = (steps: number): ProgramSpec => {
    let state: Node = input("x", [32, 32]);
    for (let i = 0; i < steps; i++) state = tanh(matmul(state, weight));
    return { name: "chain", outputs: { y: sum(state) } };
  };
  const [short, long] = [planProgram(device, chain(4)), planProgram(device, chain(40))];
  assert.is(long.activations, short.activations);
  assert.ok(long.activations <= 2 * 32 * 32 * 4 + 256);
  assert.is(long.parameters, 32 * 32 * 4);
});

const step = (batch: number): ProgramSpec => {
  const x = input("x", [batch, 8]);
  const [w, b] = [variable("w", [8, 4]), variable("b", [4])];
  const slot = variable("m", [8, 4], { role: "slot" });
  const mean = variable("mean", [4], { role: "buffer" });
  const y = exp(add(matmul(x, w), b));
  const next = add(mul(slot, 0.9), sum(y));
  return {
    name: "step",
    outputs: { loss: sum(y), y },
    updates: [
      [w, sub(w, next)],
      [slot, next],
      [mean, sum(y, 0)],
    ],
  };
};

test("the bytes reported are the bytes allocated, kind by kind", async () => {
  for (const batch of [1, 7, 300]) {
    const planned = planProgram(device, step(batch));
    const store = createStore(device);
    const made = await buffersOf(device, async () => {
      const program = await compile(device, { ...step(batch), store });
      assert.equal(program.memory, planned);
      await program.call({ x: new Float32Array(batch * 8) });
      await program.call({ x: new Float32Array(batch * 8) });
      program.dispose();
    });
    assert.is(total(made), planned.peak);
    const bytes = (pattern: RegExp): number => total(made.filter(({ label }) => pattern.test(label)));
    assert.equal([planned.parameters, planned.slots, planned.buffers], [(8 * 4 + 4) * 4, 8 * 4 * 4, 4 * 4]);
    assert.is(bytes(/^(w|b|m|mean)$/), planned.parameters + planned.slots + planned.buffers);
    assert.is(bytes(/input x$/), planned.inputs);
    assert.is(bytes(/arena/), planned.activations);
    assert.is(bytes(/uniforms|staging/), planned.scratch);
    assert.ok(
      made.filter(({ label }) => !/^(w|b|m|mean)$/.test(label)).every(({ destroyed }) => destroyed),
      "and given back",
    );
    store.dispose();
    assert.ok(made.every(({ destroyed }) => destroyed));
  }
});

test("random programs allocate what was planned", async () => {
  const property = fc.asyncProperty(recipes(3, 12), async (recipe) => {
    const { spec, feeds } = programOf(recipe);
    const store = createStore(device);
    const made = await buffersOf(device, async () => {
      const program = await compile(device, { ...spec, store });
      await program.call(feeds);
      program.dispose();
    });
    assert.is(total(made), planProgram(device, spec).peak);
    store.dispose();
  });
  await fc.assert(property, { numRuns: 8, seed: 20_240_229 });
});

test("every device is closed", () => {
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
