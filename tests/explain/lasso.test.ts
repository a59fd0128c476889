/** The mu-lasso: least objectives of an independent solver, certificates that hold for any data, and the projection onto the ball. */
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { projectOntoL1Ball } from "../../src/explain/relevance/l1-ball.ts";
import { certify, solveLasso } from "../../src/explain/relevance/lasso.ts";
import { addProducts, leastSquaresOf, leastSquaresOfProducts, type LeastSquares } from "../../src/explain/relevance/least-squares.ts";
import { fill } from "../models/golden.ts";

interface Golden {
  readonly name: string;
  readonly images: number;
  readonly features: number;
  readonly copies: number;
  readonly zeros: number;
  readonly mu: number;
  readonly objective: number;
  readonly fit: readonly number[];
}

const cases = JSON.parse(readFileSync(new URL("../golden/lasso.json", import.meta.url), "utf8")) as Golden[];

/** As scripts/golden/lasso.py has them. */
function dataOf({ name, images, features, copies, zeros }: Golden) {
  const values = fill(`lasso ${name}/a`, [images, features]).map((value) => (value + 1) / 2);
  const rows = Float32Array.from(values, (value, at) => {
    const column = at % features;
    if (column >= features - zeros) return 0;
    return column >= 1 && column <= copies ? values[at - column] : value;
  });
  return { rows, labels: Array.from(fill(`lasso ${name}/l`, [images]), (value) => (value > 0.3 ? 1 : 0)) };
}

/** The same problem from products. */
function productsOf(rows: Float32Array, labels: readonly number[]): LeastSquares {
  const features = rows.length / labels.length;
  const gram = new Float64Array(features * features);
  addProducts(gram, rows, features);
  const correlation = new Float64Array(features);
  rows.forEach((value, at) => (correlation[at % features] += value * labels[Math.floor(at / features)]));
  return leastSquaresOfProducts(gram, correlation, labels.reduce((sum, label) => sum + label * label, 0) / 2);
}

for (const golden of cases)
  test(`${golden.name}, mu ${golden.mu.toFixed(3)}: the objective and the fit of another solver`, () => {
    const { rows, labels } = dataOf(golden);
    const data = leastSquaresOf(rows, labels);
    for (const problem of [data, productsOf(rows, labels)]) {
      const { w } = solveLasso(problem, golden.mu, { tolerance: 1e-13 });
      const { objective, l1, active, gap, kkt } = certify(data, w, golden.mu);
      assert.ok(active && l1 <= golden.mu * (1 + 1e-12), `|w|_1 is ${l1}`);
      assert.ok(Math.abs(objective - golden.objective) < 1e-9 * data.energy, `${objective} is not ${golden.objective}`);
      assert.ok(gap < 1e-9 && kkt < 1e-6, `gap ${gap}, kkt ${kkt}`);
      for (let n = 0; n < labels.length; n++) {
        let fit = 0;
        for (let j = 0; j < w.length; j++) fit += rows[n * w.length + j] * w[j];
        assert.ok(Math.abs(fit - golden.fit[n]) < 1e-5, `image ${n}: ${fit} is not ${golden.fit[n]}`);
      }
    }
  });

const cell = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -32, max: 32 }) }, { weight: 1, arbitrary: fc.constant(0) });
const problems = fc.record({ images: fc.integer({ min: 1, max: 12 }), features: fc.integer({ min: 1, max: 16 }) }).chain((size) =>
  fc.record({
    rows: fc.array(cell, { minLength: size.images * size.features, maxLength: size.images * size.features }),
    labels: fc.array(fc.constantFrom(0, 1), { minLength: size.images, maxLength: size.images }),
    copied: fc.boolean(),
    mu: fc.constantFrom(0.01, 0.3, 2, 50),
  }),
);

test("any data: a certified answer, the same objective from data and from products, and none better by chance", () => {
  fc.assert(
    fc.property(problems, fc.integer({ min: 1, max: 1e9 }), ({ rows, labels, copied, mu }, seed) => {
      const features = rows.length / labels.length;
      const table = Float32Array.from(rows, (value, at) => (copied && at % features > 0 ? rows[at - 1] : value) / 16);
      const data = leastSquaresOf(table, labels);
      const { w, certificate } = solveLasso(data, mu);
      assert.ok(certificate.gap <= 1e-7, `gap ${certificate.gap}`);
      assert.ok(certificate.l1 <= mu * (1 + 1e-9), `|w|_1 ${certificate.l1}`);
      const other = certify(data, solveLasso(productsOf(table, labels), mu).w, mu);
      assert.ok(Math.abs(other.objective - certificate.objective) <= 2e-7 * data.energy, `${other.objective} ${certificate.objective}`);
      const guess = projectOntoL1Ball(fill(`guess ${seed}`, [features], 2 * mu), mu);
      const near = projectOntoL1Ball(
        w.map((value, j) => value + 0.01 * guess[j]),
        mu,
      );
      for (const v of [guess, near]) assert.ok(data.at(v).value >= certificate.objective - 1e-7 * data.energy);
    }),
    { numRuns: 60 },
  );
});

test("a bound that does not hold is left alone, and labels that are all 0 have no filters", () => {
  const rows = Float32Array.of(1, 0, 0, 1, 1, 1);
  const free = solveLasso(leastSquaresOf(rows, [1, 0, 1]), 100, { tolerance: 1e-14 });
  assert.is(free.certificate.active, false);
  assert.ok(Math.abs(free.w[0] - 1) < 1e-6 && Math.abs(free.w[1]) < 1e-6, String(free.w));
  const none = solveLasso(leastSquaresOf(rows, [0, 0, 0]), 1);
  assert.equal([...none.w], [0, 0]);
  assert.is(none.certificate.gap, 0);
  assert.throws(() => solveLasso(leastSquaresOf(rows, [1, 0, 1]), 0), /mu must be a number above 0, got 0/);
});

test("the projection is the nearest point of the ball", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 30 }),
      fc.double({ min: 0.001, max: 40, noNaN: true }),
      (values, radius) => {
        const v = Float64Array.from(values);
        const found = projectOntoL1Ball(v, radius);
        const norm = (x: ArrayLike<number>): number => Array.from(x, Math.abs).reduce((a, b) => a + b, 0);
        if (norm(v) <= radius) return assert.equal(found, v);
        // By sorting, as Duchi et al. state it.
        const sorted = Array.from(v, Math.abs).sort((a, b) => b - a);
        let [total, threshold] = [0, 0];
        sorted.forEach((value, i) => {
          total += value;
          const candidate = (total - radius) / (i + 1);
          if (value > candidate) threshold = candidate;
        });
        assert.ok(Math.abs(norm(found) - radius) < 1e-9 * radius + 1e-12, `${norm(found)} is not ${radius}`);
        found.forEach((value, i) => {
          const wanted = Math.sign(v[i]) * Math.max(0, Math.abs(v[i]) - threshold);
          assert.ok(Math.abs(value - wanted) < 1e-9, `${value} is not ${wanted}`);
        });
      },
    ),
  );
});

test.run();
