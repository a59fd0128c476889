/** Layers: `nn.linear(p.at("fc"), x, { out: 10 })`. Parameters, input, then named options. */
export {
  linear,
  conv2d,
  convTranspose2d,
  type AffineOptions,
  type ConvOptions,
  type ConvTransposeOptions,
  type Parametrization,
} from "./affine.ts";
export { batchNorm, type BatchNormOptions } from "./batch-norm.ts";
export { dropout, type DropoutOptions } from "./dropout.ts";
export { embedding, type EmbeddingOptions } from "./embedding.ts";
export { lengthMask, lstm, type LstmOptions, type LstmResult, type LstmState } from "./lstm.ts";
export { multiheadAttention, type MultiheadAttentionOptions, type MultiheadAttentionResult } from "./multihead-attention.ts";
export {
  adaptiveInstanceNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  type AdaptiveInstanceNormOptions,
  type GroupNormOptions,
  type InstanceNormOptions,
  type LayerNormOptions,
} from "./normalization.ts";
export { prelu, type PreluOptions } from "./prelu.ts";
export {
  attend,
  channelAttention,
  elementAttention,
  spatialAttention,
  type ChannelAttentionOptions,
  type ElementAttentionOptions,
  type SpatialAttentionOptions,
} from "./self-attention.ts";
export { spectralNorm, type SpectralNormOptions } from "./spectral-norm.ts";
