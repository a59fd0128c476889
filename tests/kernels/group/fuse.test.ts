/** Fusion under few bindings, and that its time is bounded. Pure: nothing is compiled. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, concat, exp, input, mul, type Node, sub, sum, transpose } from "../../../src/graph/index.ts";
import { type Prepared, prepare } from "../../../src/kernels/compile/prepare.ts";
import type { DeviceLimits } from "../../../src/runtime/device.ts";
import { programOf, recipes } from "../programs/random-programs.ts";

/** WebGPU's default limits, with `most` storage bindings. */
const limits = (most: number): DeviceLimits => ({
  maxBufferSize: 2 ** 28,
  maxStorageBufferBindingSize: 2 ** 27,
  maxUniformBufferBindingSize: 2 ** 16,
  maxStorageBuffersPerShaderStage: most,
  maxComputeWorkgroupsPerDimension: 65535,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  minStorageBufferOffsetAlignment: 256,
  minUniformBufferOffsetAlignment: 256,
});

const prepared = (outputs: Record<string, Node>, most: number): Prepared =>
  prepare({ name: "fuse", outputs }, { limits: limits(most), software: true });
const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((key) => input(key, [4]));

test("four bindings are enough for every program", () => {
  const property = fc.property(recipes(5, 40), fc.constantFrom(4, 5, 8), (recipe, most) => {
    const { kernels } = prepare(programOf(recipe).spec, { limits: limits(most), software: true });
    assert.ok(kernels.every(({ bindings }) => bindings.length <= most));
  });
  fc.assert(property, { numRuns: 300 });
});

test("a value stored late widens what was settled before: that is settled again", () => {
  const shared = mul(a, b);
  const early = add(shared, sub(mul(b, a), c));
  const late = add(shared, mul(d, e));
  const { kernels } = prepared({ early, late }, 4);
  assert.ok(kernels.every(({ bindings }) => bindings.length <= 4));
});

test("outputs of one another share kernels, and what two outputs need is made once", () => {
  const { kernels } = prepared({ x: add(a, b), y: mul(add(a, b), c), z: sub(mul(add(a, b), c), a) }, 8);
  assert.is(kernels.length, 1);
  assert.is(kernels[0].group.stores.length, 3);
});

test("no exponential time: diamonds of movement, chains, many parts", () => {
  const x = input("x", [16, 16]);
  let diamond: Node = x;
  for (let i = 0; i < 200; i++) diamond = add(diamond, transpose(diamond));
  let chain: Node = x;
  for (let i = 0; i < 2000; i++) chain = mul(add(chain, 1), 0.5);
  let tail: Node = sum(x, 0);
  for (let i = 0; i < 4000; i++) tail = exp(tail);
  const parts = Array.from({ length: 500 }, (_, i) => sum(mul(x, i), 0));
  // Whatever is exponential would never end, or write texts without end.
  const { kernels } = prepared({ diamond, chain, tail, parts: concat(parts, 0) }, 8);
  const written = kernels.reduce((length, { code }) => length + code.length, 0);
  assert.ok(kernels.length < 2000 && written < 5e6, `${kernels.length} kernels of ${written} characters`);
});

test.run();
