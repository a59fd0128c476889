/** Rates, remaining time, and where a step stands among epochs of unequal length. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { createMeter } from "../../src/training/meter.ts";
import { positionOf } from "../../src/training/position.ts";

test("the meter looks back over its last readings only", () => {
  const meter = createMeter(3);
  assert.is(meter.rate(), undefined);
  meter.mark(0, 1, 10);
  assert.is(meter.rate(), undefined);
  assert.is(meter.remaining(5), undefined);
  meter.mark(1000, 2, 20);
  assert.is(meter.rate(), 10);
  assert.is(meter.remaining(5), 5);
  meter.mark(1500, 4, 40);
  meter.mark(2000, 6, 60);
  // From 1000 to 2000: 40 items and 4 steps.
  assert.is(meter.rate(), 40);
  assert.is(meter.remaining(6), 1.5);
});

test("a step's place", () => {
  const counts = [3, 2, 4];
  assert.equal(
    [0, 2, 3, 4, 5, 9].map((total) => positionOf(total, counts)),
    [
      { epoch: 0, step: 0, total: 0 },
      { epoch: 0, step: 2, total: 2 },
      { epoch: 0, step: 3, total: 3 },
      { epoch: 1, step: 1, total: 4 },
      { epoch: 1, step: 2, total: 5 },
      { epoch: 2, step: 4, total: 9 },
    ],
  );
  assert.throws(() => positionOf(10, counts), RangeError);
});

test.run();
