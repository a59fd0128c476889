/** What makes a visual explanation of a gradient: another rule for the ReLU. No second backward pass is written anywhere. */
import { OPS, relu, type Rules } from "../graph/index.ts";

/** Zeiler and Fergus (arXiv:1311.2901): what comes back is rectified as what went up was; the signs on the way up do not matter. */
export const DECONVNET: Partial<Rules> = { relu: (_inputs, _y, dy) => [relu(dy)] };

/** Springenberg et al. (arXiv:1412.6806): dy [x > 0] [dy > 0]. Of a ReLU6, [0 < x < 6]. */
export const GUIDED: Partial<Rules> = { relu: (inputs, y, dy) => OPS.relu.vjp?.(inputs, y, relu(dy)) ?? [] };
