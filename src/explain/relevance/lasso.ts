/**
 * The mu-lasso of thesis section 3.3.1: min 1/2 |A w - l|^2 subject to |w|_1 <= mu, by spectral projected gradient (Birgin, Martinez and Raydan, SIAM J.
 * Optim. 2000; van den Berg and Friedlander, SIAM J. Sci. Comput. 2008). Everything in f64. A has a row for each image and a column for each
 * feature; the thesis writes X for its transpose.
 */
import { descendOnFace } from "./face.ts";
import { projectOntoL1Ball } from "./l1-ball.ts";
import type { LeastSquares } from "./least-squares.ts";

export interface LassoOptions {
  /** Ends where the duality gap is at most this times 1/2 |l|^2. Default: 1e-8. */
  readonly tolerance?: number;
  /** Steps at most; the answer then says by its gap how far it came. Default: 20000. */
  readonly iterations?: number;
}

export interface LassoSolution {
  /** [features] */
  readonly w: Float64Array;
  readonly iterations: number;
  readonly certificate: Certificate;
}

/** How good an answer is, whoever found it. */
export interface Certificate {
  /** 1/2 |A w - l|^2 */
  readonly objective: number;
  /** |w|_1 */
  readonly l1: number;
  /** Does the bound hold w back? */
  readonly active: boolean;
  /** An upper bound of objective minus the least one, over 1/2 |l|^2: (<g, w> + mu |g|_inf) / (1/2 |l|^2), with g the gradient. */
  readonly gap: number;
  /** |w - P(w - g)|_inf over |g at 0|_inf, with P the projection onto the ball: 0 where the conditions of Karush, Kuhn and Tucker hold. */
  readonly kkt: number;
}

/** Objectives of so many steps back, below the largest of which a step has to end. */
const MEMORY = 10;
/** Share of the expected descent that a step has to make. */
const DESCENT = 1e-4;
/** Steps between two descents on the face that the projections have found, and one more for each weight on it: a descent then costs as much as they do. */
const PERIOD = 25;

/** Duplicated, constant and zero columns are allowed; w need not be unique then, its objective is. `mu` above 0. */
export function solveLasso(problem: LeastSquares, mu: number, options: LassoOptions = {}): LassoSolution {
  if (!(mu > 0 && Number.isFinite(mu))) throw new RangeError(`solveLasso: mu must be a number above 0, got ${mu}`);
  const { tolerance = 1e-8, iterations = 20_000 } = options;
  const w = new Float64Array(problem.features);
  let { value, gradient } = problem.at(w);
  const recent = [value];
  let length = 1 / Math.max(largest(gradient), Number.MIN_VALUE);
  let step = 0;
  let next = PERIOD;
  for (; step < iterations; step++) {
    if (step === next) {
      descendOnFace(problem, w, gradient, mu);
      next += PERIOD + w.reduce((count, value) => count + Math.sign(Math.abs(value)), 0);
      ({ value, gradient } = problem.at(w));
      recent.splice(0, recent.length, value);
    }
    if (gapOf(w, gradient, mu) <= tolerance * problem.energy) break;
    const direction = difference(projectOntoL1Ball(moved(w, gradient, -length), mu), w);
    const slope = dot(gradient, direction);
    if (!(slope < 0)) break;
    const bent = problem.curved(direction);
    const curvature = dot(direction, bent);
    const scale = accepted(value, Math.max(...recent), slope, curvature);
    add(w, direction, scale);
    add(gradient, bent, scale);
    value += scale * slope + 0.5 * scale * scale * curvature;
    recent.push(value);
    if (recent.length > MEMORY) recent.shift();
    length = curvature > 0 ? clamp(dot(direction, direction) / curvature) : LONGEST;
  }
  return { w, iterations: step, certificate: certify(problem, w, mu) };
}

/** Judges any w on a problem; on the data themselves, where the solver had products of them. */
export function certify(problem: LeastSquares, w: Float64Array, mu: number): Certificate {
  const { value, gradient } = problem.at(w);
  const l1 = sumOf(w, Math.abs);
  const origin = problem.at(new Float64Array(w.length)).gradient;
  const away = difference(projectOntoL1Ball(moved(w, gradient, -1), mu), w);
  return {
    objective: value,
    l1,
    active: l1 > mu * (1 - 1e-9),
    gap: problem.energy === 0 ? 0 : Math.max(0, gapOf(w, gradient, mu)) / problem.energy,
    kkt: largest(origin) === 0 ? 0 : largest(away) / largest(origin),
  };
}

/** Frank and Wolfe's: the objective is convex, so that it lies above its tangent, whose least value on the ball is -mu |g|_inf. */
const gapOf = (w: Float64Array, gradient: Float64Array, mu: number): number => dot(gradient, w) + mu * largest(gradient);

/** The longest of 1, 1/2, 1/4, ... that descends enough below the largest recent objective (Grippo, Lampariello and Lucidi, 1986). */
function accepted(value: number, highest: number, slope: number, curvature: number): number {
  for (let scale = 1; scale > 1e-12; scale /= 2)
    if (value + scale * slope + 0.5 * scale * scale * curvature <= highest + DESCENT * scale * slope) return scale;
  return 0;
}

const SHORTEST = 1e-16;
const LONGEST = 1e16;
const clamp = (length: number): number => Math.min(LONGEST, Math.max(SHORTEST, length));

function add(to: Float64Array, from: Float64Array, scale: number): void {
  for (let i = 0; i < to.length; i++) to[i] += scale * from[i];
}

const moved = (w: Float64Array, gradient: Float64Array, scale: number): Float64Array => w.map((value, i) => value + scale * gradient[i]);
const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]);

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

function sumOf(values: Float64Array, of: (value: number) => number): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += of(values[i]);
  return total;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}
