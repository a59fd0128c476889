/** Long reductions in two steps give what the reference gives. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { evaluate, input, mul, type Node, reduceMax, sizeOf, sum, tensor } from "../../../src/graph/index.ts";
import { compile } from "../../../src/kernels/index.ts";
import { splitReduce } from "../../../src/kernels/rewrite/split-reduce.ts";

const device = await openDevice();

async function agree(name: string, make: (x: Node) => Node, shape: readonly number[]): Promise<void> {
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 12.9898) * 3);
  const y = make(input("x", shape));
  const program = await compile(device, { name, outputs: { y } });
  const found = (await program.call({ x: values })).y;
  const [expected] = evaluate([y], new Map([["x", tensor(Array.from(values), shape)]]));
  program.dispose();
  const scale = Math.max(1, ...expected.data.map(Math.abs));
  expected.data.forEach((value, i) => assert.ok(Math.abs(value - found[i]) <= 1e-4 * scale, `${name}: ${found[i]}, expected ${value}`));
}

test("a sum of everything, of squares, and over two of three axes", async () => {
  await agree("all", (x) => sum(x), [64, 1024]);
  await agree("squares", (x) => sum(mul(x, x)), [3, 16384]);
  await agree("kept", (x) => sum(x, [0, 2]), [128, 3, 320]);
  await agree("largest", (x) => reduceMax(x, [0, 2]), [128, 3, 320]);
});

test("only long reductions to few elements are split", () => {
  assert.is(splitReduce(sum(input("x", [64, 64]))), null);
  assert.is(splitReduce(sum(input("x", [4096, 64]), [1])), null);
  assert.is(splitReduce(sum(input("x", [65537]))), null);
  assert.equal(splitReduce(sum(input("x", [128, 3, 320]), [0, 2]))?.inputs[0].shape, [3, 160]);
});

test.after(() => device.close());
test.run();
