/** Packing: every bag once, nothing over capacity, few shapes; laying out: each instance stands where the index says. */

import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { capacities, feedsOf, packBatches } from "../../../src/studies/mil/batches.ts";
import { drawBags } from "../../../src/studies/mil/bags.ts";
import { TASKS } from "../../../src/studies/mil/tasks.ts";
import { labelFiles } from "./digits.ts";

const anyLengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 120 });

test("every bag is packed exactly once, within its capacity", () => {
  fc.assert(
    fc.property(anyLengths, fc.integer({ min: 1, max: 12 }), (lengths, batch) => {
      const table = capacities(lengths, { batch });
      const order = lengths.map((_, i) => i).reverse();
      const batches = packBatches(lengths, order, table);
      const packed = batches.flatMap(({ bags }) => bags);
      assert.equal(
        packed.sort((a, b) => a - b),
        lengths.map((_, i) => i),
      );
      for (const { bags, capacity } of batches) {
        assert.ok(bags.length >= 1 && bags.length <= capacity.bags);
        assert.ok(bags.every((bag) => lengths[bag] <= capacity.length));
        assert.ok(bags.reduce((sum, bag) => sum + lengths[bag], 0) <= capacity.instances);
      }
    }),
    { seed: 1 },
  );
});

test("one epoch of the quick task needs at most three shapes and fills them well", () => {
  const source = { labels: labelFiles().train.labels, from: 0, to: 5000 };
  const lengths = drawBags(TASKS["single-digit"], source, { count: 500, seed: 1, split: "train" }).map((bag) => bag.images.length);
  const batches = packBatches(
    lengths,
    lengths.map((_, i) => i),
    capacities(lengths, { batch: 8, lengthMultiple: 16 }),
  );
  const shapes = new Set(batches.map(({ capacity }) => JSON.stringify(capacity)));
  assert.ok(shapes.size <= 2, `${shapes.size} shapes`);
  const used = lengths.reduce((sum, x) => sum + x, 0) / batches.reduce((sum, { capacity }) => sum + capacity.instances, 0);
  assert.ok(used > 0.85, `${used}`);
  assert.ok(batches.length < 80, `${batches.length} steps`);
});

test("with one bag per step, every bag has a step of its own", () => {
  const lengths = [3, 9, 12, 3];
  const batches = packBatches(lengths, [2, 0, 1, 3], capacities(lengths, { batch: 1 }));
  assert.equal(
    batches.map(({ bags }) => bags),
    [[2], [0], [1], [3]],
  );
});

test("layout: the index finds each instance in its order, -1 elsewhere; labels and lengths; unused places are 0", () => {
  const bags = [
    { images: [5, 6, 7], label: 1 },
    { images: [9], label: 0 },
  ];
  const pixels = (image: number): Uint8Array => new Uint8Array(784).fill(image);
  const batch = { capacity: { bags: 3, length: 4, instances: 6 }, bags: [0, 1] };
  const feeds = feedsOf(batch, bags, pixels, (_, length) => (length === 3 ? [2, 0, 1] : [0]));
  assert.equal([...feeds.index], [0, 1, 2, -1, 3, -1, -1, -1, -1, -1, -1, -1]);
  assert.equal([...feeds.lengths], [3, 1, 0]);
  assert.equal([...feeds.labels], [1, 0, 0]);
  assert.equal(
    [0, 1, 2, 3, 4].map((instance) => feeds.pixels[instance * 784 + 13]),
    [7, 5, 6, 9, 0],
  );
});

test.run();
