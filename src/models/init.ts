/** How weights begin. The numbers themselves are drawn from the seed and the variable's path. */
import type { Init, Shape } from "../graph/index.ts";

export const constantInit = (value: number): Init => ({ kind: "constant", value });
export const normalInit = (std: number, mean = 0): Init => ({ kind: "normal", mean, std });
/** U(-bound, bound) */
export const uniformInit = (bound: number): Init => ({ kind: "uniform", low: -bound, high: bound });

/**
 * The inputs that one output sees, of a weight [out, in, ...]. As in PyTorch, a transposed convolution's [in, out, ...] is read the
 * same way (torch/nn/init.py, _calculate_fan_in_and_fan_out).
 */
export const fanIn = (shape: Shape): number => shape.slice(1).reduce((product, extent) => product * extent, 1);
export const fanOut = (shape: Shape): number => fanIn(shape) * (shape[0] / shape[1]);

/** PyTorch's default of linear and convolutional weights: kaiming_uniform(a = sqrt 5) = U(-1/sqrt(fanIn), 1/sqrt(fanIn)); biases too. */
export const torchInit = (fan: number): Init => uniformInit(1 / Math.sqrt(fan));

/** He et al. (arXiv:1502.01852), for ReLU: N(0, gain^2 / fan). */
export const kaimingNormal = (fan: number, gain = Math.SQRT2): Init => normalInit(gain / Math.sqrt(fan));

/** Glorot and Bengio (2010): U(-b, b), b = gain sqrt(6 / (fanIn + fanOut)). */
export const xavierUniform = (fans: { readonly fanIn: number; readonly fanOut: number }, gain = 1): Init =>
  uniformInit(gain * Math.sqrt(6 / (fans.fanIn + fans.fanOut)));
