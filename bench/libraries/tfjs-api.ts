/** The part of tfjs that the workloads use. Its own types come with it, but the main install does without it. */

export interface TfTensor {
  readonly shape: number[];
  data(): Promise<Float32Array | Int32Array>;
  dispose(): void;
}

export interface TfVariable extends TfTensor {
  assign(value: TfTensor): void;
}

type Unary = (x: TfTensor) => TfTensor;
type Binary = (a: TfTensor | number, b: TfTensor | number) => TfTensor;
type Reduction = (x: TfTensor, axes?: number | number[], keepDims?: boolean) => TfTensor;
type Padding = "same" | "valid" | [[0, 0], [number, number], [number, number], [0, 0]];
export type TfActivation = "relu" | "relu6";

export interface TfConvolution {
  readonly x: TfTensor;
  readonly filter: TfTensor;
  readonly strides: number;
  readonly pad: Padding;
  readonly bias?: TfTensor;
  readonly activation?: TfActivation;
}

export interface TfOptimizer {
  /** The cost, if it is asked for. */
  minimize(loss: () => TfTensor, returnCost: boolean, variables?: TfVariable[]): TfTensor;
}

export interface TfApi {
  readonly tensor: (values: Float32Array | Int32Array, shape: number[], dtype: "float32" | "int32") => TfTensor;
  readonly variable: (initial: TfTensor, trainable?: boolean, name?: string) => TfVariable;
  readonly tidy: <T>(work: () => T) => T;
  /** Another handle on the same data. */
  readonly clone: Unary;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly relu: Unary;
  readonly neg: Unary;
  readonly sigmoid: Unary;
  readonly tanh: Unary;
  readonly sqrt: Unary;
  readonly rsqrt: Unary;
  readonly square: Unary;
  readonly log1p: Unary;
  readonly softplus: Unary;
  readonly softmax: (x: TfTensor, axis: number) => TfTensor;
  readonly sum: Reduction;
  readonly mean: Reduction;
  readonly moments: (x: TfTensor, axes: number[], keepDims?: boolean) => { mean: TfTensor; variance: TfTensor };
  readonly batchNorm: (x: TfTensor, mean: TfTensor, variance: TfTensor, offset: TfTensor, scale: TfTensor, epsilon: number) => TfTensor;
  readonly matMul: (a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean) => TfTensor;
  readonly conv2d: (x: TfTensor, w: TfTensor, stride: number, pad: Padding) => TfTensor;
  readonly depthwiseConv2d: (x: TfTensor, w: TfTensor, stride: number, pad: Padding) => TfTensor;
  readonly maxPool: (x: TfTensor, size: number, stride: number, pad: Padding | number) => TfTensor;
  readonly reshape: (x: TfTensor, shape: number[]) => TfTensor;
  readonly transpose: (x: TfTensor, axes: number[]) => TfTensor;
  readonly concat: (xs: TfTensor[], axis: number) => TfTensor;
  readonly slice: (x: TfTensor, begin: number[], size: number[]) => TfTensor;
  readonly split: (x: TfTensor, sizes: number | number[], axis: number) => TfTensor[];
  readonly unstack: (x: TfTensor, axis: number) => TfTensor[];
  readonly gather: (x: TfTensor, indices: TfTensor, axis: number) => TfTensor;
  readonly where: (condition: TfTensor, a: TfTensor, b: TfTensor) => TfTensor;
  readonly greater: Binary;
  readonly oneHot: (indices: TfTensor, depth: number) => TfTensor;
  readonly fused: {
    readonly conv2d: (options: TfConvolution) => TfTensor;
    readonly depthwiseConv2d: (options: TfConvolution) => TfTensor;
  };
  readonly losses: { readonly softmaxCrossEntropy: (labels: TfTensor, logits: TfTensor) => TfTensor };
  readonly train: { readonly adam: (rate: number, beta1?: number, beta2?: number, epsilon?: number) => TfOptimizer };
  readonly grad: (f: (x: TfTensor) => TfTensor) => (x: TfTensor, dy?: TfTensor) => TfTensor;
  readonly grads: (f: (...xs: TfTensor[]) => TfTensor) => (xs: TfTensor[], dy?: TfTensor) => TfTensor[];
  readonly variableGrads: (f: () => TfTensor, variables?: TfVariable[]) => { value: TfTensor; grads: Record<string, TfTensor> };
  readonly setBackend: (name: string) => Promise<boolean>;
  readonly ready: () => Promise<void>;
  readonly backend: () => { ensureCommandEncoderReady(): void; endComputePassEncoder(): void; submitQueue(): void };
}
