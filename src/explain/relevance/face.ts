/** The least objective on a face of the ball: steps of Newton among the weights that are not 0, whose signs stay. */
import type { LeastSquares } from "./least-squares.ts";

/** Weights on a face: beyond so many a step would cost more than it gains. */
const MOST = 1500;
/** Weights that are left out in one call at most: the projections leave out many at once, and cost less. */
const TURNS = 8;
/** Added to the diagonal, times its largest element: duplicated columns have no products that can be inverted. */
const RIDGE = 1e-13;

/**
 * Moves w to where the objective is least among points with its signs (and its |w|_1, if that is mu), or to the first weight on the way that becomes 0,
 * which is then left out; and again. `gradient` is that of w, and both are changed. Resolves to how far the objective fell.
 */
export function descendOnFace(problem: LeastSquares, w: Float64Array, gradient: Float64Array, mu: number): number {
  let fallen = 0;
  for (let turn = 0; turn <= TURNS; turn++) {
    const places = nonZeros(w);
    if (places.length === 0 || places.length > MOST) return fallen;
    const signs = Float64Array.from(places, (j) => Math.sign(w[j]));
    const room = mu - places.reduce((sum, j) => sum + Math.abs(w[j]), 0);
    const free = newton(problem, places, gradient);
    const grows = free && dot(signs, free) > 0;
    const held = grows && room <= 1e-12 * mu;
    const step = held ? newton(problem, places, gradient, signs) : free;
    if (!step) return fallen;
    const direction = new Float64Array(w.length);
    places.forEach((j, i) => (direction[j] = step[i]));
    const slope = dot(gradient, direction);
    if (!(slope < 0)) return fallen;
    const bent = problem.curved(direction);
    const best = Math.min(1e6, -slope / dot(direction, bent));
    const limit = grows && !held ? room / dot(signs, step) : Number.POSITIVE_INFINITY;
    const stop = places.reduce((least, j) => (w[j] * direction[j] < 0 ? Math.min(least, -w[j] / direction[j]) : least), limit);
    const length = Math.min(best, stop);
    const gain = -length * (slope + 0.5 * length * dot(direction, bent));
    for (const j of places) {
      const from = w[j];
      w[j] += length * direction[j];
      if (w[j] * from <= 0 || Math.abs(w[j]) < 1e-15 * Math.abs(from)) w[j] = 0;
    }
    for (let j = 0; j < w.length; j++) gradient[j] += length * bent[j];
    fallen += gain;
    if (length === best || !(gain > 1e-16 * problem.energy)) return fallen;
  }
  return fallen;
}

/** The step d that minimises 1/2 d^T G d + g^T d, with signs^T d = 0 if there are signs; null where G cannot be inverted. */
function newton(problem: LeastSquares, places: readonly number[], gradient: Float64Array, signs?: Float64Array): Float64Array | null {
  const factor = cholesky(problem.products(places), places.length);
  if (!factor) return null;
  const free = solve(
    factor,
    Float64Array.from(places, (j) => -gradient[j]),
  );
  if (!signs) return free;
  const normal = solve(factor, signs);
  const share = dot(signs, free) / dot(signs, normal);
  return free.map((value, i) => value - share * normal[i]);
}

/** L of A + ridge = L L^T, row by row; null where A is not positive. A [n, n] is overwritten. */
function cholesky(a: Float64Array, n: number): Float64Array | null {
  let most = 0;
  for (let i = 0; i < n; i++) most = Math.max(most, a[i * n + i]);
  for (let i = 0; i < n; i++) {
    a[i * n + i] += RIDGE * most;
    for (let j = 0; j <= i; j++) {
      let value = a[i * n + j];
      for (let k = 0; k < j; k++) value -= a[i * n + k] * a[j * n + k];
      if (i !== j) a[i * n + j] = value / a[j * n + j];
      else if (value > 0) a[i * n + i] = Math.sqrt(value);
      else return null;
    }
  }
  return a;
}

function solve(factor: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  const x = right.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= factor[i * n + k] * x[k];
    x[i] /= factor[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= factor[k * n + i] * x[k];
    x[i] /= factor[i * n + i];
  }
  return x;
}

function nonZeros(values: Float64Array): number[] {
  const places: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) places.push(i);
  return places;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}
