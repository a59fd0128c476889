/** The projection onto the ball of the L1 norm. */

/**
 * The point nearest to v whose absolute values sum up to at most `radius` (Duchi et al., ICML 2008): v itself, or every |v_i| less one threshold. The
 * threshold is found among the candidates without sorting all of them: those that lie below it are dropped turn by turn (Condat, 2016).
 */
export function projectOntoL1Ball(v: Float64Array, radius: number): Float64Array {
  let total = 0;
  for (let i = 0; i < v.length; i++) total += Math.abs(v[i]);
  if (total <= radius) return v.slice();
  const threshold = thresholdOf(v, radius);
  return v.map((value) => Math.sign(value) * Math.max(0, Math.abs(value) - threshold));
}

/** t with sum_i max(0, |v_i| - t) = radius, for a sum of |v_i| above the radius. */
function thresholdOf(v: Float64Array, radius: number): number {
  let candidates = v.map(Math.abs);
  for (;;) {
    const threshold = (candidates.reduce((sum, value) => sum + value, 0) - radius) / candidates.length;
    const kept = candidates.filter((value) => value > threshold);
    if (kept.length === candidates.length) return threshold;
    candidates = kept;
  }
}
