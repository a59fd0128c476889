/** Draws from the beta distribution. */

import { portableLog, type Random } from "../random.ts";

/** A draw from Beta(alpha, alpha), in [0, 1]. alpha > 0. */
export function drawBeta(random: Random, alpha: number): number {
  if (!(alpha > 0 && alpha < 1e6)) throw new RangeError(`Beta(${alpha}, ${alpha}): alpha must be positive`);
  if (alpha < 1) return johnk(random, alpha);
  const [x, y] = [drawGamma(random, alpha), drawGamma(random, alpha)];
  return x / (x + y);
}

/** Jöhnk (1964): u^(1/a) / (u^(1/a) + v^(1/a)) where the sum is at most 1. In logarithms, since both powers may underflow. */
function johnk(random: Random, alpha: number): number {
  for (;;) {
    const x = portableLog(1 - random.next()) / alpha;
    const y = portableLog(1 - random.next()) / alpha;
    if (Math.exp(x) + Math.exp(y) <= 1) return 1 / (1 + Math.exp(y - x));
  }
}

/** Gamma(alpha, 1) for alpha >= 1 (Marsaglia and Tsang, ACM TOMS 26, 2000). */
function drawGamma(random: Random, alpha: number): number {
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const n = random.normal();
    const v = (1 + c * n) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < (n * n) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
