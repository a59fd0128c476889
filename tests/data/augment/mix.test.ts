/** Mixing of pairs, and the beta distribution that it draws from. */

import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { drawBeta } from "../../../src/data/augment/beta.ts";
import { augmentBatch, augmentedFields, cutMix, mixUp, randomStreams } from "../../../src/data/augment/index.ts";
import { createRandom } from "../../../src/data/random.ts";
import type { Fields } from "../../../src/data/sets/index.ts";

const fields: Fields = {
  x: { shape: [2, 3, 4], dtype: "f32", picture: { mean: [0, 0], std: [1, 1], fit: "crop" } },
  size: { shape: [], dtype: "f32" },
  y: { shape: [], dtype: "i32", classes: ["a", "b", "c"] },
};
/** Sample i is all i. */
const batch = (count: number) => ({
  x: Float32Array.from({ length: 24 * count }, (_, i) => Math.floor(i / 24)),
  size: Float32Array.from({ length: count }, (_, i) => i),
  y: Int32Array.from({ length: count }, (_, i) => i % 3),
});

test("Beta(a, a): mean 1/2 and variance 1 / (8 a + 4), for small and large a", () => {
  for (const alpha of [0.05, 0.2, 0.7, 1, 2, 8]) {
    const random = createRandom(1, "beta", alpha);
    const draws = Array.from({ length: 20_000 }, () => drawBeta(random, alpha));
    assert.ok(draws.every((x) => x >= 0 && x <= 1));
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    assert.ok(Math.abs(mean - 0.5) < 0.012, `mean ${mean} of alpha ${alpha}`);
    assert.ok(Math.abs(variance * (8 * alpha + 4) - 1) < 0.06, `variance ${variance} of alpha ${alpha}`);
  }
  assert.throws(() => drawBeta(createRandom(0), 0), /alpha must be positive/);
});

test("mixUp: one share for all, labels as probabilities", () => {
  const out = augmentedFields(fields, [mixUp()]);
  assert.equal(out.y, { shape: [3], dtype: "f32", classes: ["a", "b", "c"] });
  const streams = randomStreams(3, "b");
  const found = augmentBatch(batch(4), fields, [mixUp()], { count: 4, streams });
  const share = found.size[1]; // share * 1 + (1 - share) * 0
  assert.ok(share > 0 && share < 1);
  const expected = [1, 2, 3].map((i) => share * i + (1 - share) * (i - 1));
  for (const i of [1, 2, 3]) {
    assert.ok(Math.abs(found.size[i] - expected[i - 1]) < 1e-6);
    assert.ok(Math.abs(found.x[24 * i + 5] - expected[i - 1]) < 1e-6);
  }
  assert.ok(Math.abs(found.x[0] - (1 - share) * 3) < 1e-6, "the first one's partner is the last");
  assert.ok(Math.abs(found.y[3] - (1 - share)) < 1e-6 && Math.abs(found.y[4] - share) < 1e-6);
});

test("cutMix: a box of the partner, and labels by its area", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 5 }), fc.nat(1000), (count, seed) => {
      const streams = randomStreams(seed, "b");
      const found = augmentBatch(batch(count), fields, [cutMix()], { count, streams });
      for (let i = 0; i < count; i++) {
        const partner = (i + count - 1) % count;
        const own = [...found.x.subarray(24 * i, 24 * i + 24)];
        assert.ok(own.every((value) => value === i || value === partner));
        assert.equal(own.slice(0, 12), own.slice(12), "the same box in every channel");
        const share = own.filter((value) => value === i).length / 24;
        assert.ok(Math.abs(found.size[i] - (share * i + (1 - share) * partner)) < 1e-6);
        const probabilities = found.y.subarray(3 * i, 3 * i + 3);
        assert.ok(Math.abs(probabilities[0] + probabilities[1] + probabilities[2] - 1) < 1e-6);
        if (partner % 3 !== i % 3) assert.ok(Math.abs(probabilities[i % 3] - share) < 1e-6);
      }
    }),
  );
});

test("evaluation: the same fields, nothing mixed; an ignored label is nobody's", () => {
  for (const mix of [mixUp({ alpha: 0.2 }), cutMix()]) {
    const before = { ...batch(3), y: Int32Array.of(2, -100, 0) };
    const found = augmentBatch(before, fields, [mix], { count: 3, streams: null });
    assert.equal([found.x, found.size], [before.x, before.size]);
    assert.equal(found.y, Float32Array.of(0, 0, 1, 0, 0, 0, 1, 0, 0));
  }
});

test("one after the other; what cannot be mixed is refused", () => {
  const found = augmentBatch(batch(3), fields, [mixUp(), cutMix()], { count: 3, streams: randomStreams(1) });
  assert.is(found.y.length, 9);
  assert.throws(
    () => augmentedFields({ ...fields, n: { shape: [], dtype: "i32" } }, [mixUp()]),
    /whole numbers of field n cannot be mixed/,
  );
  assert.throws(() => augmentedFields({ size: fields.size }, [cutMix()]), /cutMix: needs pictures of one size, got none/);
});

test.run();
