/**
 * Tensors larger than one binding and dispatches larger than one dimension, forced by low limits, for every kind of kernel. Drivers do not
 * enforce limits below WebGPU's defaults, so what is bound and dispatched is watched here.
 */
import { openDevice } from "#open-device";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../../src/graph/index.ts";
import { compile, planProgram, ProgramError } from "../../../src/kernels/index.ts";
import { prepare } from "../../../src/kernels/compile/prepare.ts";
import { integers } from "../../graph/values.ts";
import { against } from "../ops/against.ts";
import { programOf, type RandomProgram, recipes } from "../programs/random-programs.ts";
import { rejects } from "./spy.ts";

/** 512 numbers in a binding. */
const LIMITS = { maxStorageBufferBindingSize: 2048, maxComputeWorkgroupsPerDimension: 12 };
const device = await openDevice({ limits: LIMITS });

/** Small integers under each name; a variable if the name says so. */
function leaves(shapes: Readonly<Record<string, g.Shape>>, high = 3) {
  const values = new Map(Object.entries(shapes).map(([key, shape], i) => [key, integers(shape, -high, high, i)]));
  const nodes = Object.fromEntries(
    Object.entries(shapes).map(([key, shape]) => [key, key.startsWith("v") ? g.variable(key, shape) : g.input(key, shape)]),
  );
  const program = (outputs: Readonly<Record<string, g.Node>>, updates: readonly g.Update[] = []): RandomProgram => ({
    spec: { name: "large", outputs, updates },
    feeds: Object.fromEntries([...values].filter(([key]) => !key.startsWith("v")).map(([key, { data }]) => [key, data])),
    initial: new Map([...values].filter(([key]) => key.startsWith("v"))),
  });
  return { nodes, program };
}

/** Runs under the limits, watches them, and says how far the program went beyond one binding and one dimension. */
async function within(program: RandomProgram): Promise<void> {
  const { gpu } = device;
  const { createBindGroup, createCommandEncoder } = gpu;
  let rows = 0;
  gpu.createBindGroup = (descriptor) => {
    for (const { binding, resource } of descriptor.entries)
      if (binding > 0) assert.ok(((resource as GPUBufferBinding).size as number) <= LIMITS.maxStorageBufferBindingSize);
    return createBindGroup.call(gpu, descriptor);
  };
  gpu.createCommandEncoder = (descriptor) => {
    const encoder = createCommandEncoder.call(gpu, descriptor);
    const { beginComputePass } = encoder;
    encoder.beginComputePass = (of) => {
      const pass = beginComputePass.call(encoder, of);
      const { dispatchWorkgroups } = pass;
      pass.dispatchWorkgroups = (x, y = 1) => {
        assert.ok(x <= LIMITS.maxComputeWorkgroupsPerDimension && y <= LIMITS.maxComputeWorkgroupsPerDimension);
        rows = Math.max(rows, y);
        dispatchWorkgroups.call(pass, x, y);
      };
      return pass;
    };
    return encoder;
  };
  try {
    const { prepared } = await against(device, program);
    assert.ok(prepared.kernels.some(({ bindings }) => bindings.some(({ piece }) => piece > 0)) || rows > 1, "nothing was large");
  } finally {
    Object.assign(gpu, { createBindGroup, createCommandEncoder });
  }
}

test("elementwise and movement", async () => {
  const { nodes, program } = leaves({ a: [40, 40], b: [40, 40], c: [40] });
  const { a, b, c } = nodes;
  await within(
    program({ sum: g.add(a, g.mul(b, 2)), turned: g.transpose(a), row: g.add(a, c), cut: g.slice(a, [3, 5], [39, 40], [1, 2]) }),
  );
  await within(program({ many: g.broadcastTo(c, [30, 40]), reversed: g.reverse(a, [0, 1]), padded: g.pad(b, [1, 0], [2, 3]) }));
});

test("reductions", async () => {
  const { nodes, program } = leaves({ a: [6, 300], b: [700, 4] });
  const { a, b } = nodes;
  await within(program({ all: g.sum(a), rows: g.sum(a, 1), most: g.reduceMax(b, 0), each: g.sum(b, 1), best: g.argmax(a, 1) }));
});

test("matmul: large operands, a large result", async () => {
  const { nodes, program } = leaves({ a: [32, 24], b: [24, 33], c: [2, 24, 20], d: [2, 24, 24] });
  const { a, b, c, d } = nodes;
  await within(program({ y: g.matmul(a, b) }));
  await within(program({ y: g.matmul(a, a, { transposeA: true }), z: g.matmul(a, a, { transposeB: true }) }));
  await within(program({ y: g.matmul(d, c), z: g.matmul(c, d, { transposeA: true, transposeB: true }) }));
});

test("the convolution trio", async () => {
  const { nodes, program } = leaves({ x: [2, 3, 14, 12], w: [9, 3, 3, 3], many: [32, 16, 2, 2], deep: [1, 16, 5, 5] }, 1);
  const { x, w, many, deep } = nodes;
  const y = g.conv2d(x, w, { padding: 1, stride: 2 });
  await within(program({ y, z: g.conv2d(x, w) }));
  await within(program({ y: g.conv2d(deep, many) }));
  await within(program({ dx: g.conv2dInputGrad(g.conv2d(x, w, { padding: 1 }), w, { padding: 1, inputSize: [14, 12] }) }));
  await within(program({ dx: g.conv2dInputGrad(y, w, { padding: 1, stride: 2, inputSize: [14, 12] }) }));
  await within(program({ dw: g.conv2dWeightGrad(x, g.conv2d(x, w), { kernelSize: [3, 3] }) }));
  await within(program({ dw: g.conv2dWeightGrad(deep, g.conv2d(deep, many), { kernelSize: [2, 2] }) }));
});

test("pools and their adjoints, gather, scatter", async () => {
  const { nodes, program } = leaves({ x: [2, 2, 16, 16], table: [60, 20], rows: [60, 20] });
  const { x, table, rows } = nodes;
  const pooled = g.maxPool2d(x, { kernelSize: 3, stride: 1, padding: 1 });
  await within(program({ pooled }));
  await within(program({ slope: g.grad(g.sum(g.mul(pooled, 2)), [x])[0] }));
  const index = g.cast(g.abs(rows), "i32");
  await within(program({ taken: g.gather(table, index, 0), added: g.scatterAdd(table, index, 0, 50) }));
});

test("concatenations, in place and not", async () => {
  const { nodes, program } = leaves({ a: [20, 20], b: [30, 20], w: [20, 20] }, 2);
  const { a, b, w } = nodes;
  const parts = [g.matmul(a, w), g.matmul(b, w), g.relu(a)];
  await within(program({ y: g.concat(parts, 0), z: g.matmul(g.concat(parts, 0), w) }));
  await within(program({ y: g.concat([a, g.neg(a), g.matmul(a, w)], 1) }));
});

test("variables: in place, swapped, reversed", async () => {
  const { nodes, program } = leaves({ v1: [40, 20], v2: [40, 20], x: [40, 20] });
  const { v1, v2, x } = nodes;
  await within(program({ y: g.sum(v1) }, [[v1, g.add(v1, x)]]));
  await within(
    program({}, [
      [v1, v2],
      [v2, v1],
    ]),
  );
  await within(program({ y: v1 }, [[v1, g.reverse(v1, [0])]]));
});

test("random programs", async () => {
  const property = fc.asyncProperty(recipes(5, 15), async (recipe) => {
    const program = programOf(recipe);
    const tiny = { ...device.limits, maxStorageBufferBindingSize: 256, maxStorageBuffersPerShaderStage: 64 };
    assert.ok(prepare(program.spec, { limits: tiny, software: true }).kernels.every(({ bindings }) => bindings.length <= 64));
    await against(device, program);
  });
  await fc.assert(property, { numRuns: 10, seed: 20_240_229 });
});

test("what no splitting helps is said before anything is allocated", async () => {
  const { a, b } = leaves({ a: [3000], b: [3000] }).nodes;
  await rejects(
    () => compile(device, { name: "wide", outputs: { y: g.add(a, b) } }),
    /^program "wide": elementwise add needs 18 storage bindings, the adapter allows \d+ \(input 12000 B/,
    ProgramError,
  );
  const far = { ...device, limits: { ...device.limits, maxComputeWorkgroupsPerDimension: 2, maxStorageBufferBindingSize: 2 ** 20 } };
  assert.throws(
    () => planProgram(far, { name: "far", outputs: { y: g.add(a, b) } }),
    /program "far": elementwise add needs \d+ workgroups, the adapter allows 2 x 2/,
  );
});

test("every device is closed", () => {
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
