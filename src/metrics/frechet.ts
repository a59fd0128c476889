/** The distance between two sets of features, each taken as a Gaussian: what FID is in the features of an Inception network (arXiv:1706.08500). */
import { matrixProduct, squareRoot, traceOfRoot } from "./symmetric.ts";

/** One row of numbers for each sample, all of one length. */
export type FeatureRows = readonly ArrayLike<number>[];

export interface Gaussian {
  /** [n] */
  readonly mean: Float64Array;
  /** [n, n], the unbiased estimate. */
  readonly covariance: Float64Array;
}

/** Mean and covariance of the rows. Fewer than two rows, or rows of different lengths: RangeError. */
export function gaussianOf(rows: FeatureRows): Gaussian {
  const n = widthOf("gaussianOf", rows);
  if (rows.length < 2) throw new RangeError(`gaussianOf: a covariance needs two rows, got ${rows.length}`);
  const mean = new Float64Array(n);
  for (const row of rows) for (let i = 0; i < n; i++) mean[i] += row[i] / rows.length;
  const covariance = new Float64Array(n * n);
  for (const row of rows)
    for (let i = 0; i < n; i++) {
      const share = (row[i] - mean[i]) / (rows.length - 1);
      for (let j = 0; j <= i; j++) covariance[i * n + j] += share * (row[j] - mean[j]);
    }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) covariance[j * n + i] = covariance[i * n + j];
  return { mean, covariance };
}

/**
 * Frechet's (Wasserstein's second) distance, squared as FID is (Dowson and Landau, 1982):
 * |m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2).
 */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  const n = a.mean.length;
  if (b.mean.length !== n) throw new RangeError(`frechetDistance: features of ${n} and of ${b.mean.length} numbers`);
  const means = a.mean.reduce((total, value, i) => total + (value - b.mean[i]) ** 2, 0);
  const root = squareRoot(a.covariance, n);
  const between = matrixProduct(matrixProduct(root, b.covariance, n), root, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const both = (between[i * n + j] + between[j * n + i]) / 2;
      between[i * n + j] = both;
      between[j * n + i] = both;
    }
  const trace = (matrix: Float64Array): number => matrix.reduce((total, value, at) => (at % (n + 1) === 0 ? total + value : total), 0);
  return Math.max(0, means + trace(a.covariance) + trace(b.covariance) - 2 * traceOfRoot(between, n));
}

/** The common length of all rows. None, or different ones: RangeError. */
export function widthOf(where: string, rows: FeatureRows): number {
  const n = rows[0]?.length ?? 0;
  const odd = rows.findIndex(({ length }) => length !== n || length === 0);
  if (rows.length === 0 || odd >= 0)
    throw new RangeError(`${where}: expected rows of one length, got ${rows.length === 0 ? "none" : `${rows[odd].length} and ${n}`}`);
  return n;
}
