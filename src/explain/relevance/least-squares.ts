/** 1/2 |A w - l|^2 for solvers: from the data, or from products of them. */

/** A has a row for each image and a column for each feature. */
export interface LeastSquares {
  /** Columns of A. */
  readonly features: number;
  /** 1/2 |l|^2: the objective at 0. */
  readonly energy: number;
  /** The objective and its gradient A^T (A w - l) at w. The gradient is the caller's to change. */
  at(w: Float64Array): { readonly value: number; readonly gradient: Float64Array };
  /** A^T A d. Costs less where most of d is 0. */
  curved(d: Float64Array): Float64Array;
  /** A^T A among some columns, row by row: [n, n]. */
  products(columns: readonly number[]): Float64Array;
}

/** From the data: `rows` f32 [images, features], row after row, and labels l [images]. */
export function leastSquaresOf(rows: Float32Array, labels: ArrayLike<number>): LeastSquares {
  const images = labels.length;
  const features = rows.length / images;
  const times = (w: Float64Array): Float64Array => {
    const used = nonZeros(w);
    const out = new Float64Array(images);
    for (let n = 0; n < images; n++) {
      let total = 0;
      for (const j of used) total += rows[n * features + j] * w[j];
      out[n] = total;
    }
    return out;
  };
  const back = (r: Float64Array): Float64Array => {
    const out = new Float64Array(features);
    for (let n = 0; n < images; n++) {
      const factor = r[n];
      if (factor === 0) continue;
      const row = rows.subarray(n * features, (n + 1) * features);
      for (let j = 0; j < features; j++) out[j] += factor * row[j];
    }
    return out;
  };
  return {
    features,
    energy: halfSquare(Float64Array.from(labels)),
    at(w) {
      const residual = times(w);
      for (let n = 0; n < images; n++) residual[n] -= labels[n];
      return { value: halfSquare(residual), gradient: back(residual) };
    },
    curved: (d) => back(times(d)),
    products(columns) {
      const n = columns.length;
      const gram = new Float64Array(n * n);
      const row = new Float32Array(n);
      for (let image = 0; image < images; image++) {
        for (let i = 0; i < n; i++) row[i] = rows[image * features + columns[i]];
        addProducts(gram, row, n);
      }
      return gram;
    },
  };
}

/** From products: A^T A [features, features], A^T l [features], and 1/2 |l|^2. The data are not needed any more, however many there were. */
export function leastSquaresOfProducts(gram: Float64Array, correlation: Float64Array, energy: number): LeastSquares {
  const features = correlation.length;
  const curved = (d: Float64Array): Float64Array => {
    const out = new Float64Array(features);
    for (const j of nonZeros(d)) {
      const factor = d[j];
      const row = gram.subarray(j * features, (j + 1) * features);
      for (let i = 0; i < features; i++) out[i] += factor * row[i];
    }
    return out;
  };
  return {
    features,
    energy,
    at(w) {
      const bent = curved(w);
      let value = energy;
      for (let j = 0; j < features; j++) value += w[j] * (0.5 * bent[j] - correlation[j]);
      return { value, gradient: bent.map((slope, j) => slope - correlation[j]) };
    },
    curved,
    products(columns) {
      const n = columns.length;
      const part = new Float64Array(n * n);
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) part[i * n + j] = gram[columns[i] * features + columns[j]];
      return part;
    },
  };
}

/** A^T A of `rows` f32 [images, features] added to `gram`: the obvious f64 version; devices add f32 products of a few hundred images each. */
export function addProducts(gram: Float64Array, rows: Float32Array, features: number): void {
  for (let n = 0; n < rows.length; n += features)
    for (let i = 0; i < features; i++) {
      const factor = rows[n + i];
      if (factor === 0) continue;
      for (let j = 0; j < features; j++) gram[i * features + j] += factor * rows[n + j];
    }
}

const nonZeros = (values: Float64Array): number[] => {
  const places: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) places.push(i);
  return places;
};

function halfSquare(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] * values[i];
  return total / 2;
}
