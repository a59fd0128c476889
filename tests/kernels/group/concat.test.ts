/** Concatenations: parts that kernels write straight into place, beside readers of other parts and of the whole. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, concat, input, matmul, mul, type Node, relu, reshape, sum, transpose } from "../../../src/graph/index.ts";
import { integers } from "../../graph/values.ts";
import { against } from "../ops/against.ts";

const device = await openDevice();

async function holds(inputs: Readonly<Record<string, readonly number[]>>, build: (nodes: Record<string, Node>) => Record<string, Node>) {
  const nodes = Object.fromEntries(Object.entries(inputs).map(([key, shape]) => [key, input(key, shape)]));
  const feeds = Object.fromEntries(Object.entries(inputs).map(([key, shape], i) => [key, integers(shape, -5, 5, i).data]));
  return against(device, { spec: { name: "concat", outputs: build(nodes) }, feeds, initial: new Map() }, 1);
}

test("a part read as vec4 while the part behind it, at an odd size, is written", async () => {
  await holds({ x: [1, 5], w: [5, 4], v: [4, 3] }, ({ x, w, v }) => {
    const h = matmul(x, w);
    return { y: concat([reshape(h, [4]), reshape(matmul(h, v), [3])], 0) };
  });
});

test("a state that goes from step to step inside one concatenation", async () => {
  for (const width of [3, 4, 6]) {
    const { prepared } = await holds({ h: [2, width], w: [width, width] }, ({ h, w }) => {
      const steps: Node[] = [];
      let state = h;
      for (let t = 0; t < 5; t++) {
        state = relu(add(matmul(state, w), -t));
        state = add(state, mul(state, -1));
        state = add(state, t);
        steps.push(state);
      }
      return { y: concat(steps, 0), last: state };
    });
    assert.is(prepared.plan.blocks.filter(({ owner }) => owner.op === "concat").length, 1);
  }
});

test("a part of two concatenations, a part twice, parts of parts", async () => {
  await holds({ x: [4, 6], w: [6, 6] }, ({ x, w }) => {
    const a = matmul(x, w);
    const b = relu(matmul(a, w));
    const inner = concat([a, b], 0);
    return {
      outer: concat([inner, a, inner], 0),
      other: concat([b, a], 0),
      across: concat([a, b, a], 1),
      turned: sum(transpose(inner), 0),
    };
  });
});

test("a part twice, large enough to be written by fours", async () => {
  for (const axis of [0, 1])
    await holds({ x: [96, 100] }, ({ x }) => ({ y: add(concat([x, x], axis), 1), z: add(concat([relu(x), mul(x, 2), relu(x)], axis), 1) }));
});

test("parts that are inputs, outputs, and computed from each other", async () => {
  await holds({ x: [3, 5], w: [5, 5] }, ({ x, w }) => {
    const a = matmul(x, w);
    const doubled = mul(a, 2);
    return { a, whole: concat([x, a, doubled, x], 0), b: add(doubled, concat([x, x, x], 0).shape[0]) };
  });
});

test("kernels write parts in place: nothing is copied", async () => {
  const { prepared } = await holds({ x: [4, 6], w: [6, 6], v: [6, 6] }, ({ x, w, v }) => ({
    y: concat([matmul(x, w), relu(matmul(x, v))], 0),
  }));
  assert.equal(
    prepared.kernels.map(({ group }) => group.kind),
    ["matmul", "matmul"],
  );
});

test("every device is closed", () => device.close());

test.run();
