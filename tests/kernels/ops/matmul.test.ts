/** Matrix products with sums of every length, in the forms that the kernels have, against f64. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluate, input, matmul, type Node } from "../../../src/graph/index.ts";
import { compile, type Values } from "../../../src/kernels/index.ts";
import { prepare } from "../../../src/kernels/compile/prepare.ts";
import { floats } from "../../graph/values.ts";

const device = await openDevice();
test.after(() => device.close());

const [M, N] = [37, 70];
const LENGTHS = [1, 2, 3, 4, 5, 15, 16, 17, 33, 63, 64, 65, 130, 257, 1024, 1027];

const feedsOf = (a: Node, b: Node) =>
  new Map(["a", "b"].map((key, i) => [key, floats([a, b][i].shape, { low: -2, high: 2 }, "smooth", 11 + i)] as const));

/** y of the form, or of the rule's; Values as they come from the device. */
async function product(a: Node, b: Node, y: Node, form?: string): Promise<Values> {
  const spec = { name: "product", outputs: { y } };
  const [key] = prepare(spec, device).choices.keys();
  const program = await compile(device, { ...spec, variants: form ? { [key]: form } : {} });
  const values = await program.call(Object.fromEntries([...feedsOf(a, b)].map(([name, { data }]) => [name, Float32Array.from(data)])));
  program.dispose();
  return values.y;
}

for (const form of ["16x8", "8x4 swapped", "tiled"])
  test(`sums of every length: ${form}`, async () => {
    for (const K of LENGTHS) {
      const [transposeA, transposeB] = [K % 2 === 1, K % 3 === 0];
      const a = input("a", transposeA ? [K, M] : [M, K]);
      const b = input("b", transposeB ? [N, K] : [K, N]);
      const y = matmul(a, b, { transposeA, transposeB });
      const got = await product(a, b, y, form);
      const [{ data }] = evaluate([y], feedsOf(a, b));
      const allowed = 2e-6 + 2e-7 * K;
      data.forEach((value, i) =>
        assert.ok(Math.abs(got[i] - value) <= allowed, `K ${K}, ${i}: ${got[i]} for ${value}, allowed ${allowed}`),
      );
    }
  });

test("a long sum of a large product rounds less than one chain of additions", async () => {
  const [rows, columns, K] = [64, 512, 4096];
  const [a, b] = [input("a", [rows, K]), input("b", [K, columns])];
  const y = matmul(a, b);
  const feeds = feedsOf(a, b);
  const [{ data: exact }] = evaluate([y], feeds);
  const [A, B] = ["a", "b"].map((key) => Float32Array.from(feeds.get(key)?.data ?? []));
  const chain = exact.map((_, i) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum = Math.fround(sum + A[Math.floor(i / columns) * K + k] * B[k * columns + (i % columns)]);
    return sum;
  });
  const error = (of: ArrayLike<number>): number => Math.sqrt(exact.reduce((total, value, i) => total + (of[i] - value) ** 2, 0));
  for (const form of ["16x8", "32x8", "tiled"]) {
    const ratio = error(await product(a, b, y, form)) / error(chain);
    console.log(`# ${form}: ${ratio.toFixed(2)} of the rounding of one chain of ${K} additions`);
    assert.ok(ratio < 0.7, `${form}: ${ratio}`);
  }
});

test.run();
