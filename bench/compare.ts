/** Whether two libraries computed the same, before any of their times is believed. */
import type { Named } from "./workload.ts";

/** The largest difference of two results as a share of the first one's root mean square (or of 1e-6, if that is more). */
export function deviation(expected: Float32Array, found: Float32Array): number {
  let [squares, most] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    squares += expected[i] ** 2;
    const difference = Math.abs(expected[i] - found[i]);
    if (!(difference <= most)) most = difference;
  }
  return most / Math.max(Math.sqrt(squares / expected.length), 1e-6);
}

/** What is different, or null. */
export function difference(expected: Named<Float32Array>, found: Named<Float32Array>, tolerance: number): string | null {
  for (const [name, values] of Object.entries(expected)) {
    const other = found[name];
    if (!other) return `no output ${name}`;
    if (other.length !== values.length) return `${name} has ${other.length} values instead of ${values.length}`;
    const apart = deviation(values, other);
    if (!(apart <= tolerance)) return `${name} is ${apart.toExponential(1)} of its root mean square apart (${tolerance} is allowed)`;
  }
  return null;
}
