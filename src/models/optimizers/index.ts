/** Optimizers as graphs: `adam(pairs(weights, grad(loss, weights)), { lr: 1e-3 })` gives updates for `compile`. */
export { pairs, pathOf, rateVariable, type OptimizerOptions, type GradientPair } from "./common.ts";
export { sgd, type SgdOptions } from "./sgd.ts";
export { rmsprop, type RmspropOptions } from "./rmsprop.ts";
export { adam, adamw, type AdamOptions } from "./adam.ts";
export type { GroupSettings, Later, LearningRate, Optimizer } from "./later.ts";
export { accumulate, accumulated, accumulateLast, type Accumulated, type AccumulateOptions } from "./accumulate.ts";
export { clipByGlobalNorm, ema, emaPath, globalNorm, guardFinite } from "./steps.ts";
