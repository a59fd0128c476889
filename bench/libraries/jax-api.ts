/** The part of jax-js that the workloads use. Its own types come with it, but the main install does without it. */

export type JaxValue = JaxArray | number;

/** Every operation consumes its operands: `x.ref` is one more use of x. */
export interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: number[];
  add(other: JaxValue): JaxArray;
  sub(other: JaxValue): JaxArray;
  mul(other: JaxValue): JaxArray;
  div(other: JaxValue): JaxArray;
  sum(axes?: number | number[] | null, options?: { keepdims?: boolean }): JaxArray;
  mean(axes?: number | number[] | null, options?: { keepdims?: boolean }): JaxArray;
  reshape(shape: number[]): JaxArray;
  transpose(axes?: number[]): JaxArray;
  slice(...ranges: ([number, number] | [] | number | null)[]): JaxArray;
  data(): Promise<Float32Array | Int32Array>;
  blockUntilReady(): Promise<JaxArray>;
  dispose(): void;
}

/** Arrays, in lists and records to any depth. */
export type JaxTree = JaxArray | readonly JaxTree[] | { readonly [name: string]: JaxTree };

type Reduction = (x: JaxArray, axes?: number | number[] | null, options?: { keepdims?: boolean }) => JaxArray;
type Padding = "SAME" | "VALID" | [number, number][];

export interface JaxApi {
  readonly init: (device: "webgpu") => Promise<string[]>;
  readonly defaultDevice: (device: "webgpu") => unknown;
  readonly blockUntilReady: <T extends JaxTree>(x: T) => Promise<T>;
  readonly jit: <A extends readonly JaxTree[], R extends JaxTree>(f: (...inputs: A) => R) => (...inputs: A) => R;
  readonly grad: <A extends readonly JaxTree[]>(f: (...inputs: A) => JaxArray) => (...inputs: A) => A[0];
  readonly valueAndGrad: <A extends readonly JaxTree[]>(f: (...inputs: A) => JaxArray) => (...inputs: A) => [JaxArray, A[0]];
  readonly tree: {
    readonly ref: <T extends JaxTree>(tree: T) => T;
    readonly dispose: (tree: JaxTree) => void;
    readonly map: <T extends JaxTree>(f: (...leaves: JaxArray[]) => JaxArray, tree: T, ...rest: T[]) => T;
  };
  readonly numpy: {
    readonly array: (values: Float32Array | Int32Array, options: { shape: number[]; dtype: string }) => JaxArray;
    readonly int32: string;
    readonly float32: string;
    readonly matmul: (a: JaxArray, b: JaxArray) => JaxArray;
    readonly sum: Reduction;
    readonly mean: Reduction;
    readonly max: Reduction;
    readonly sqrt: (x: JaxArray) => JaxArray;
    readonly square: (x: JaxArray) => JaxArray;
    readonly tanh: (x: JaxArray) => JaxArray;
    readonly maximum: (a: JaxValue, b: JaxValue) => JaxArray;
    readonly minimum: (a: JaxValue, b: JaxValue) => JaxArray;
    /** With zeros; nothing else is there. */
    readonly pad: (x: JaxArray, widths: [number, number][]) => JaxArray;
    readonly concatenate: (xs: JaxArray[], axis: number) => JaxArray;
    readonly where: (condition: JaxArray, a: JaxValue, b: JaxValue) => JaxArray;
    readonly zeros: (shape: number[]) => JaxArray;
    readonly zerosLike: (x: JaxArray) => JaxArray;
    readonly split: (x: JaxArray, parts: number, axis: number) => JaxArray[];
    readonly take: (x: JaxArray, indices: JaxArray, axis: number) => JaxArray;
  };
  readonly nn: {
    readonly relu: (x: JaxArray) => JaxArray;
    readonly relu6: (x: JaxArray) => JaxArray;
    readonly leakyRelu: (x: JaxArray, slope: number) => JaxArray;
    readonly sigmoid: (x: JaxArray) => JaxArray;
    readonly softplus: (x: JaxArray) => JaxArray;
    readonly softmax: (x: JaxArray, axis: number) => JaxArray;
    readonly logSoftmax: (x: JaxArray, axis?: number) => JaxArray;
    readonly oneHot: (x: JaxArray, classes: number) => JaxArray;
  };
  readonly lax: {
    readonly convGeneralDilated: (
      x: JaxArray,
      w: JaxArray,
      strides: [number, number],
      padding: Padding,
      options?: { featureGroupCount?: number },
    ) => JaxArray;
    readonly reduceWindow: (x: JaxArray, reduce: (x: JaxArray) => JaxArray, window: number[], strides: number[]) => JaxArray;
  };
}
