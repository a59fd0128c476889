/** Wilson's interval against published values, and the majority baseline. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { describeError, errorRate, majorityBaseline, wilson } from "../../src/metrics/classification.ts";

const close = (found: number, expected: number): void => assert.ok(Math.abs(found - expected) < 5e-5, `${found}, expected ${expected}`);

test("Wilson's 95 % interval: Newcombe's (1998) table I", () => {
  const table: [wrong: number, count: number, low: number, high: number][] = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ];
  for (const [wrong, count, low, high] of table) {
    const interval = wilson(wrong, count);
    close(interval.low, low);
    close(interval.high, high);
  }
  assert.is(wilson(20, 20).high, 1);
});

test("the error rate counts differences and holds its interval", () => {
  const error = errorRate([0, 1, 1, 0], [0, 1, 0, 0]);
  assert.is(error.wrong, 1);
  assert.is(error.rate, 0.25);
  assert.ok(error.low < 0.25 && error.high > 0.25);
  assert.is(describeError(error, "bags"), "25.0 % (95 %: 4.6 to 69.9 %, 4 bags)");
  assert.throws(() => errorRate([], []));
  assert.throws(() => errorRate([1], [1, 0]));
});

test("the majority baseline learns its label from the training bags", () => {
  const { label, error } = majorityBaseline([2, 1, 1, 0], [0, 0, 1, 0]);
  assert.is(label, 1);
  assert.is(error.rate, 0.75);
});

test.run();
