/** Labels that only the device knows: one that is no class gives NaN, in the loss and in its row of the gradient; the ignored one gives 0. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluate, grad, input, type Node, sum } from "../../src/graph/index.ts";
import { compile } from "../../src/kernels/index.ts";
import { crossEntropy } from "../../src/models/index.ts";

const LOGITS = [0.5, -1, 2, 0, 0, 0, 3, 1, -2, 0.1, 0.2, 0.3, 1, 1, 1];
const LABELS = [2, 3, -1, -100, 0];

function losses(): Record<"each" | "gradient", Node> {
  const logits = input("logits", [5, 3]);
  const each = crossEntropy(logits, input("labels", [5], "i32"), { reduction: "none" });
  const [gradient] = grad(sum(each), [logits]);
  return { each, gradient };
}

function check(each: ArrayLike<number>, gradient: ArrayLike<number>): void {
  const row = (i: number): number[] => Array.from({ length: 3 }, (_, c) => gradient[3 * i + c]);
  for (const [i, wrong] of [false, true, true, false, false].entries()) {
    assert.is(Number.isNaN(each[i]), wrong, `loss of label ${LABELS[i]}: ${each[i]}`);
    assert.is(row(i).some(Number.isNaN), wrong, `gradient of label ${LABELS[i]}: ${row(i)}`);
  }
  assert.equal([each[3], ...row(3)], [0, 0, 0, 0]);
  assert.ok(Math.abs(each[4] - Math.log(3)) < 1e-6);
}

test("reference", () => {
  const { each, gradient } = losses();
  const feeds = new Map([
    ["logits", { shape: [5, 3], dtype: "f32", data: Float64Array.from(LOGITS) }],
    ["labels", { shape: [5], dtype: "i32", data: Float64Array.from(LABELS) }],
  ] as const);
  const [values, slopes] = evaluate([each, gradient], feeds);
  check(values.data, slopes.data);
});

test("device", async () => {
  const device = await openDevice();
  const program = await compile(device, { name: "labels", outputs: losses() });
  const found = await program.call({ logits: LOGITS, labels: LABELS });
  check(found.each, found.gradient);
  device.close();
});

test.run();
