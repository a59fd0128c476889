/** Layers: `nn.linear(p.at("fc"), x, { out: 10 })`. Parameters, input, then named options. */
export { linear, conv2d, convTranspose2d, type AffineOptions, type ConvOptions, type ConvTransposeOptions } from "./affine.ts";
export { batchNorm, type BatchNormOptions } from "./batch-norm.ts";
export { dropout, type DropoutOptions } from "./dropout.ts";
export { lengthMask, lstm, type LstmOptions, type LstmResult, type LstmState } from "./lstm.ts";
