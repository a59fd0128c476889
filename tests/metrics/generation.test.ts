/** Numbers of generated samples: square roots and distances whose answers are known, and sets of points that overlap by design. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createRandom } from "../../src/data/index.ts";
import { classesCovered, frechetDistance, gaussianOf, precisionRecall, squareRoot, symmetricEigen } from "../../src/metrics/index.ts";

const near = (got: number, want: number, tolerance: number, what = ""): void =>
  assert.ok(Math.abs(got - want) <= tolerance, `${what} ${got} is not ${want}`);

/** A^T A of a random A [rows, n]: positive, and of a rank of at most `rows`. */
function gram(n: number, rows: number): Float64Array {
  const random = createRandom(7, "gram", n, rows);
  const a = Float64Array.from({ length: rows * n }, () => random.normal());
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) for (let k = 0; k < rows; k++) product[i * n + j] += a[k * n + i] * a[k * n + j];
  return product;
}

test("the square root of known matrices", () => {
  assert.equal([...squareRoot([4, 0, 0, 9], 2)], [2, 0, 0, 3]);
  // [[2, 1], [1, 2]] has the eigenvalues 3 and 1.
  const [high, low] = [(Math.sqrt(3) + 1) / 2, (Math.sqrt(3) - 1) / 2];
  squareRoot([2, 1, 1, 2], 2).forEach((value, i) => near(value, [high, low, low, high][i], 1e-15));
  assert.equal([...squareRoot(new Float64Array(9), 3)], Array(9).fill(0));
});

test("a root times itself is the matrix, of full and of lower rank, from 1e-12 to 1e12", () => {
  for (const [n, rows] of [
    [1, 1],
    [5, 9],
    [24, 60],
    [24, 6],
  ])
    for (const scale of [1e-12, 1, 1e12]) {
      const matrix = gram(n, rows).map((value) => value * scale);
      const root = squareRoot(matrix, n);
      const largest = Math.max(...matrix);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          const product = Array.from({ length: n }, (_, k) => root[i * n + k] * root[k * n + j]).reduce((a, b) => a + b);
          near(product, matrix[i * n + j], 1e-12 * largest, `[${n}, rank ${rows}, ${scale}]`);
        }
    }
});

test("eigenvalues add up to the trace, and vectors are orthonormal", () => {
  const n = 12;
  const matrix = gram(n, 20);
  const { values, vectors } = symmetricEigen(matrix, n);
  const trace = Array.from({ length: n }, (_, i) => matrix[i * (n + 1)]).reduce((a, b) => a + b);
  near(
    values.reduce((a, b) => a + b),
    trace,
    1e-11 * trace,
  );
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const product = Array.from({ length: n }, (_, k) => vectors[k * n + i] * vectors[k * n + j]).reduce((a, b) => a + b);
      near(product, i === j ? 1 : 0, 1e-13);
    }
});

test("what is no matrix with a root is refused", () => {
  assert.throws(() => squareRoot([1, 2, 3], 2), "3 numbers are no matrix [2, 2]");
  assert.throws(() => squareRoot([1, 2, 3, 1], 2), /not symmetric/);
  assert.throws(() => squareRoot([1, 0, 0, -1], 2), /eigenvalue -1/);
  assert.throws(() => squareRoot([1, Number.NaN, Number.NaN, 1], 2), /not finite/);
});

test("mean and covariance of three points", () => {
  const { mean, covariance } = gaussianOf([
    [1, 2],
    [3, 2],
    [5, 8],
  ]);
  assert.equal(
    [...mean].map((value) => Math.round(1e12 * value) / 1e12),
    [3, 4],
  );
  covariance.forEach((value, i) => near(value, [4, 6, 6, 12][i], 1e-12));
  assert.throws(() => gaussianOf([[1, 2]]), /two rows/);
  assert.throws(() => gaussianOf([[1, 2], [1]]), /rows of one length/);
});

test("Frechet distances: in closed form where covariances commute, and of a rotated pair", () => {
  const diagonal = (mean: number[], variances: number[]) => {
    const n = mean.length;
    const covariance = new Float64Array(n * n);
    variances.forEach((value, i) => (covariance[i * (n + 1)] = value));
    return { mean: Float64Array.from(mean), covariance };
  };
  const a = diagonal([0, 1, 2], [1, 4, 0]);
  const b = diagonal([3, 1, -2], [9, 1, 16]);
  near(frechetDistance(a, a), 0, 1e-12);
  // |m|^2 + sum of (s1 - s2)^2
  near(frechetDistance(a, b), 9 + 16 + 4 + 1 + 16, 1e-12);
  near(frechetDistance(b, a), frechetDistance(a, b), 1e-12);
  // C1 = [[2, 1], [1, 2]], C2 = diag(1, 4): tr (C1 C2)^1/2 = sqrt(tr + 2 sqrt(det)) = sqrt(10 + 2 sqrt 12).
  const turned = { mean: Float64Array.of(0, 0), covariance: Float64Array.of(2, 1, 1, 2) };
  near(frechetDistance(turned, diagonal([1, 0], [1, 4])), 1 + 4 + 5 - 2 * Math.sqrt(10 + 2 * Math.sqrt(12)), 1e-12);
});

test("precision and recall of points on a line", () => {
  const line = (from: number, to: number): number[][] => Array.from({ length: to - from }, (_, i) => [from + i]);
  assert.equal(precisionRecall(line(0, 10), line(0, 10), { k: 1 }), { precision: 1, recall: 1 });
  assert.equal(precisionRecall(line(0, 10), line(100, 110), { k: 1 }), { precision: 0, recall: 0 });
  // Generated 5 .. 14 with balls of radius 1 around 0 .. 9: 5 .. 10 lie inside; of the real ones 4 .. 9 do.
  assert.equal(precisionRecall(line(0, 10), line(5, 15), { k: 1 }), { precision: 0.6, recall: 0.6 });
  // One mode of two: all of it is real, and half of what is real is missing.
  const two = [...line(0, 10), ...line(1000, 1010)];
  assert.equal(precisionRecall(two, line(0, 10), { k: 1 }), { precision: 1, recall: 0.5 });
  assert.throws(() => precisionRecall(line(0, 3), line(0, 9), { k: 3 }), /from 1 to 2 \(3 real samples\)/);
});

test("classes covered", () => {
  assert.is(classesCovered([0, 3, 3, 9], 10), 3);
  assert.throws(() => classesCovered([0, 10], 10), /10 is none of 10 classes/);
});

test.run();
