/** Layers that are one contraction and a bias. */
import * as graph from "../../graph/index.ts";
import { add, GraphError, matmul, reshape, type Init, type Node, type Pair, type Padding, type Shape } from "../../graph/index.ts";
import { fanIn, torchInit } from "../init.ts";
import type { Params } from "../params.ts";

/**
 * Makes a weight of `shape` from variables of its own below p, named after `name`: `spectralNorm({ training })`. `outputAxis` of the shape counts
 * the outputs.
 */
export type Parametrization = (p: Params, name: string, shape: Shape, options: { readonly init: Init; readonly outputAxis: 0 | 1 }) => Node;

export interface AffineOptions {
  /** Features (channels) of the output. */
  readonly out: number;
  /** Default: true. */
  readonly bias?: boolean;
  /** Default of both: U(-1/sqrt(fanIn), 1/sqrt(fanIn)), as PyTorch. */
  readonly weightInit?: Init;
  readonly biasInit?: Init;
  /** Default: the weight is a variable itself. */
  readonly parametrization?: Parametrization;
}

export interface ConvOptions extends AffineOptions {
  readonly kernelSize: number | Pair;
  readonly stride?: number | Pair;
  /** [top, bottom, left, right], or "same" (TensorFlow's). Default: 0. */
  readonly padding?: number | Pair | Padding | "same";
  readonly dilation?: number | Pair;
  readonly groups?: number;
}

export interface ConvTransposeOptions extends Omit<ConvOptions, "padding"> {
  readonly padding?: number | Pair | Padding;
  readonly outputPadding?: number | Pair;
}

/** y = x weightT + bias: [..., F] -> [..., out]; weight [out, F], bias [out]. */
export function linear(p: Params, x: Node, options: AffineOptions): Node {
  return p.scope(() => {
    checkOptions(p, "linear", options, AFFINE);
    if (x.shape.length < 2) throw new GraphError(`linear at ${p.path}: expected [..., features], got [${x.shape.join(", ")}]`);
    const { weight, bias } = parameters(p, [options.out, x.shape[x.shape.length - 1]], options);
    const y = matmul(x, weight, { transposeB: true });
    return p.tap("", bias ? add(y, bias) : y);
  });
}

/** Convolution (as in PyTorch, no flip): [N, C, H, W] -> [N, out, P, Q]; weight [out, C/groups, R, S], bias [out]. */
export function conv2d(p: Params, x: Node, options: ConvOptions): Node {
  return p.scope(() => {
    checkOptions(p, "conv2d", options, CONV);
    const { groups = 1, out } = options;
    const size = kernel(p, "conv2d", options.kernelSize);
    const { weight, bias } = parameters(p, [out, channels(p, x, "conv2d", groups), ...size], options);
    const y = graph.conv2d(x, weight, windowOf(options));
    return p.tap("", bias ? add(y, reshape(bias, [out, 1, 1])) : y);
  });
}

/**
 * The adjoint of a convolution: [N, C, H, W] -> [N, out, P, Q] with P = (H - 1) stride - 2 padding + dilation (R - 1) + outputPadding + 1;
 * weight [C, out/groups, R, S], bias [out].
 */
export function convTranspose2d(p: Params, x: Node, options: ConvTransposeOptions): Node {
  return p.scope(() => {
    checkOptions(p, "convTranspose2d", options, [...CONV, "outputPadding"]);
    const { groups = 1, out } = options;
    if (out % groups !== 0)
      throw new GraphError(`convTranspose2d at ${p.path}: ${out} output channels do not divide into ${groups} groups`);
    const shape = [channels(p, x, "convTranspose2d", groups) * groups, out / groups, ...kernel(p, "convTranspose2d", options.kernelSize)];
    const { weight, bias } = parameters(p, shape, options, 1);
    const y = graph.convTranspose2d(x, weight, { ...windowOf(options), outputPadding: options.outputPadding });
    return p.tap("", bias ? add(y, reshape(bias, [out, 1, 1])) : y);
  });
}

function parameters(p: Params, shape: Shape, options: AffineOptions, outputAxis: 0 | 1 = 0) {
  const { out, bias = true, weightInit, biasInit, parametrization = asVariable } = options;
  const init = torchInit(fanIn(shape));
  return {
    weight: parametrization(p, "weight", shape, { init: weightInit ?? init, outputAxis }),
    bias: bias ? p.variable("bias", [out], { init: biasInit ?? init }) : null,
  };
}

const asVariable: Parametrization = (p, name, shape, { init }) => p.variable(name, shape, { init });

/** The settings that the graph's function takes; those not given keep its defaults. */
function windowOf<T extends ConvOptions | ConvTransposeOptions>({ stride, padding, dilation, groups }: T) {
  return { stride, padding: padding as T["padding"], dilation, groups };
}

function channels(p: Params, x: Node, layer: string, groups: number): number {
  if (x.shape.length !== 4) throw new GraphError(`${layer} at ${p.path}: expected [N, C, H, W], got [${x.shape.join(", ")}]`);
  if (x.shape[1] % groups !== 0) throw new GraphError(`${layer} at ${p.path}: ${x.shape[1]} channels do not divide into ${groups} groups`);
  return x.shape[1] / groups;
}

const AFFINE = ["out", "bias", "weightInit", "biasInit", "parametrization"] satisfies (keyof AffineOptions)[];
const CONV = [...AFFINE, "kernelSize", "stride", "padding", "dilation", "groups"] satisfies (keyof ConvOptions)[];

/** What TypeScript checks, for programs in JavaScript: an option that does not exist, or one that is missing. */
function checkOptions(p: Params, layer: string, options: AffineOptions, known: readonly string[]): void {
  const unknown = Object.keys(options ?? {}).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new GraphError(`${layer} at ${p.path}: no option ${unknown.join(", ")}; there are ${known.join(", ")}`);
  const out: unknown = options?.out;
  if (!isExtent(out)) throw new GraphError(`${layer} at ${p.path}: out must be a whole number from 1, got ${JSON.stringify(out)}`);
}

function kernel(p: Params, layer: string, size: number | Pair): Pair {
  const pair: unknown = typeof size === "number" ? [size, size] : size;
  if (Array.isArray(pair) && pair.length === 2 && pair.every(isExtent)) return [pair[0], pair[1]];
  throw new GraphError(`${layer} at ${p.path}: kernelSize must be one or two whole numbers from 1, got ${JSON.stringify(size)}`);
}

const isExtent = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;
