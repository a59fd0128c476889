/** Convolution with bias and activation as each peer says it, over weights by path: what the peers' backbones are made of. */
import type { JaxApi, JaxArray } from "../libraries/jax-api.ts";
import type { TfActivation, TfApi, TfTensor } from "../libraries/tfjs-api.ts";
import type { Named } from "../workload.ts";

export interface ConvOptions {
  readonly stride?: number;
  readonly activation?: TfActivation;
  readonly depthwise?: boolean;
}

export type Conv<T> = (path: string, x: T, options?: ConvOptions) => T;

/** Weights [R, S, C, K] at `<path>.weight`, [K] at `<path>.bias`; padded by (R - 1) / 2 on each side, as PyTorch's models are. */
export const tfConv =
  (tf: TfApi, weights: Named<TfTensor>): Conv<TfTensor> =>
  (path, x, { stride = 1, activation, depthwise = false } = {}) => {
    const [filter, bias] = [weights[`${path}.weight`], weights[`${path}.bias`]];
    const half = (filter.shape[0] - 1) / 2;
    const [none, sides]: [[0, 0], [number, number]] = [
      [0, 0],
      [half, half],
    ];
    const options = { x, filter, bias, strides: stride, pad: half === 0 ? ("valid" as const) : padOf(none, sides), activation };
    return depthwise ? tf.fused.depthwiseConv2d(options) : tf.fused.conv2d(options);
  };

const padOf = (none: [0, 0], sides: [number, number]): [[0, 0], [number, number], [number, number], [0, 0]] => [none, sides, sides, none];

/** Weights [K, C, R, S]. */
export const jaxConv =
  ({ lax, nn }: JaxApi, weights: Named<JaxArray>): Conv<JaxArray> =>
  (path, x, { stride = 1, activation, depthwise = false } = {}) => {
    const [w, bias] = [weights[`${path}.weight`], weights[`${path}.bias`]];
    const half = (w.shape[2] - 1) / 2;
    const sides: [number, number] = [half, half];
    const groups = depthwise ? { featureGroupCount: w.shape[0] } : {};
    const y = lax.convGeneralDilated(x, w.ref, [stride, stride], [sides, sides], groups).add(bias.ref.reshape([-1, 1, 1]));
    return activation ? nn[activation](y) : y;
  };
