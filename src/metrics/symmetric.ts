/** Symmetric matrices in f64: eigenvalues, and square roots of those that have no negative ones. A matrix is f64 [n, n], row by row. */

export interface Eigen {
  /** [n], in no particular order. */
  readonly values: Float64Array;
  /** [n, n]: column k belongs to value k; the columns are orthonormal. */
  readonly vectors: Float64Array;
}

/** Passes over all pairs; a dozen is plenty for matrices of hundreds of rows. */
const SWEEPS = 60;

/** Jacobi's method (Golub and Van Loan, Matrix Computations, 8.5): rotations in the planes of two axes until nothing is left off the diagonal. */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): Eigen {
  checkSquare("symmetricEigen", matrix, n);
  const a = Float64Array.from(matrix);
  const vectors = identity(n);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const off = a[p * n + q];
        // What does not change a sum with the diagonal any more is zero.
        const scale = Math.sqrt(Math.abs(a[p * n + p] * a[q * n + q]));
        if (off === 0 || Math.abs(off) <= 1e-17 * scale) continue;
        rotate(a, vectors, n, p, q);
        rotated = true;
      }
    if (!rotated) break;
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]), vectors };
}

/** Makes a[p, q] zero. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(t, 1);
  const sine = t * cosine;
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q, cosine, sine);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k, cosine, sine);
  for (let k = 0; k < n; k++) turn(vectors, k * n + p, k * n + q, cosine, sine);
  a[p * n + q] = 0;
  a[q * n + p] = 0;
}

function turn(a: Float64Array, i: number, j: number, cosine: number, sine: number): void {
  const [x, y] = [a[i], a[j]];
  a[i] = cosine * x - sine * y;
  a[j] = sine * x + cosine * y;
}

/**
 * The symmetric R with R R = the matrix. Eigenvalues that rounding made negative count as 0; one that is truly negative (below -1e-6 of the
 * largest): RangeError.
 */
export function squareRoot(matrix: ArrayLike<number>, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const roots = rootsOf("squareRoot", values);
  const scaled = vectors.map((value, at) => value * roots[at % n]);
  const root = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) root[i * n + j] += scaled[i * n + k] * vectors[j * n + k];
  return root;
}

/** The trace of the square root, without the root itself. Errors: those of `squareRoot`. */
export const traceOfRoot = (matrix: ArrayLike<number>, n: number): number =>
  rootsOf("traceOfRoot", symmetricEigen(matrix, n).values).reduce((total, root) => total + root, 0);

function rootsOf(where: string, values: Float64Array): Float64Array {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const negative = values.find((value) => value < -1e-6 * largest);
  if (negative !== undefined) throw new RangeError(`${where}: the matrix has the eigenvalue ${negative}, and no root`);
  return values.map((value) => Math.sqrt(Math.max(0, value)));
}

/** [n, n] [n, n] -> [n, n] */
export function matrixProduct(a: ArrayLike<number>, b: ArrayLike<number>, n: number): Float64Array {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k];
      for (let j = 0; j < n; j++) product[i * n + j] += factor * b[k * n + j];
    }
  return product;
}

const identity = (n: number): Float64Array => Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));

function checkSquare(where: string, matrix: ArrayLike<number>, n: number): void {
  if (matrix.length !== n * n) throw new RangeError(`${where}: ${matrix.length} numbers are no matrix [${n}, ${n}]`);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const [below, above] = [matrix[i * n + j], matrix[j * n + i]];
      if (!Number.isFinite(below) || !Number.isFinite(above)) throw new RangeError(`${where}: element [${i}, ${j}] is not finite`);
      const scale = Math.max(Math.abs(below), Math.abs(above));
      const size = Math.sqrt(Math.abs(matrix[i * n + i] * matrix[j * n + j]));
      if (Math.abs(below - above) > 1e-9 * Math.max(scale, size))
        throw new RangeError(`${where}: not symmetric: [${i}, ${j}] is ${below}, [${j}, ${i}] is ${above}`);
    }
}
