/**
 * Which input pixels a unit of a feature map depends on, read off the graph: each window op widens the field, each stride spreads it
 * (Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019).
 */
import { GraphError, type Node, type OpName, type Pair, type WindowAttrs } from "../../graph/index.ts";

/** The unit at row i, column j sees rows offset[0] + i stride[0], ... + size[0] - 1, and columns likewise. [vertical, horizontal] */
export interface ReceptiveField {
  /** In pixels of the image. Parts outside of the image are padding. */
  readonly size: Pair;
  /** 0: every unit sees the same pixels, all of them. */
  readonly stride: Pair;
  /** Of the first unit's first pixel; negative in the padding. */
  readonly offset: Pair;
}

/** One axis of it. */
interface Field {
  readonly size: number;
  readonly stride: number;
  readonly offset: number;
}
type Fields = readonly [Field, Field];

/**
 * `receptiveField(p.tapped("features.28"), x)`: tap [N, C, H, W] by the image [N, C, H, W] it was computed from. After an average over
 * the image or a flattening, the field is the whole image. A GraphError where the tap does not depend on the image, and at ops for which
 * a field of one size does not exist (a transposed convolution, a resize).
 */
export function receptiveField(tap: Node, image: Node): ReceptiveField {
  if (image.shape.length !== 4) throw new GraphError(`receptiveField: expected an image [N, C, H, W], got [${image.shape.join(", ")}]`);
  const known = new Map<Node, Fields | null>([[image, [PIXEL, PIXEL]]]);
  const order = ancestors(tap, image);
  for (const node of order)
    if (!known.has(node))
      known.set(
        node,
        fieldsOf(node, image, (input) => known.get(input) ?? null),
      );
  const fields = known.get(tap);
  if (!fields) throw new GraphError(`receptiveField: ${describe(tap)} does not depend on the image`);
  const [down, across] = fields;
  return { size: [down.size, across.size], stride: [down.stride, across.stride], offset: [down.offset, across.offset] };
}

const PIXEL: Field = { size: 1, stride: 1, offset: 0 };

/** Inputs before their users; nothing below the image. */
function ancestors(tap: Node, image: Node): Node[] {
  const seen = new Set<Node>([tap]);
  for (const node of seen) if (node !== image) for (const input of node.inputs) seen.add(input);
  return [...seen].sort((a, b) => a.id - b.id);
}

/** Ops of one output unit from the units at the same place. */
const LOCAL: ReadonlySet<OpName> = new Set<OpName>([
  ...(["neg", "abs", "sign", "floor", "add", "sub", "mul", "div", "maximum", "minimum", "less", "lessEqual", "equal"] as const),
  ...(["select", "cast", "stopGradient", "isFinite", "relu", "exp", "log", "expm1", "log1p", "sqrt", "rsqrt", "pow", "sin"] as const),
  ...(["cos", "tanh", "sigmoid", "softplus", "erf", "concat"] as const),
]);

function fieldsOf(node: Node, image: Node, of: (input: Node) => Fields | null): Fields | null {
  const inputs = node.inputs.map(of);
  const all = inputs.filter((fields) => fields !== null);
  if (all.length === 0) return null;
  const first = inputs[0];
  const whole = wholeOf(image);
  if (all.every((fields) => fields[0].stride === 0 && fields[1].stride === 0)) return whole;
  if (LOCAL.has(node.op)) return node.op === "concat" && node.attrs.axis !== 1 ? unknown(node) : all.reduce((a, b) => union(a, b, node));
  switch (node.op) {
    case "conv2d":
      if (!first || inputs[1]) return unknown(node);
      return window(first, { ...node.attrs, kernelSize: [node.inputs[1].shape[2], node.inputs[1].shape[3]] });
    case "maxPoolIndex":
      return first && window(first, node.attrs);
    case "poolGather":
      // The index has the field of the windows already.
      return inputs[1] ?? unknown(node);
    case "slice":
    case "pad":
      return first && sameImages(node) ? first : unknown(node);
    case "reshape":
      return first && sameImages(node) ? first : splitInTiles(node) ? first : whole;
    case "sum":
      return first && sumOf(node, first, whole);
    case "matmul":
      return whole;
    default:
      return unknown(node);
  }
}

const wholeOf = ({ shape }: Node): Fields => [
  { size: shape[2], stride: 0, offset: 0 },
  { size: shape[3], stride: 0, offset: 0 },
];

/** Only batch and channels change. */
const sameImages = ({ shape, inputs: [x] }: Node): boolean =>
  shape.length === 4 && x.shape.length === 4 && shape[2] === x.shape[2] && shape[3] === x.shape[3];

/** [N, C, H, W] -> [N, C, H/R, R, W/S, S], the first half of an average pool without overlap. */
const splitInTiles = ({ shape, inputs: [x] }: Node): boolean =>
  shape.length === 6 && x.shape.length === 4 && shape[2] * shape[3] === x.shape[2] && shape[4] * shape[5] === x.shape[3];

function sumOf(node: Node, fields: Fields, whole: Fields): Fields | null {
  if (node.op !== "sum") return null;
  const { shape } = node.inputs[0];
  const axes = node.attrs.axes.join();
  if (shape.length === 6 && axes === "3,5") {
    const kernelSize: Pair = [shape[3], shape[5]];
    return window(fields, { kernelSize, stride: kernelSize, padding: [0, 0, 0, 0], dilation: [1, 1] });
  }
  if (shape.length === 4 && node.attrs.axes.every((axis) => axis < 2)) return fields;
  return whole;
}

function window(fields: Fields, { kernelSize, stride, padding, dilation }: WindowAttrs): Fields {
  const along = (axis: 0 | 1): Field => {
    const field = fields[axis];
    return {
      size: field.size + dilation[axis] * (kernelSize[axis] - 1) * field.stride,
      stride: field.stride * stride[axis],
      offset: field.offset - padding[2 * axis] * field.stride,
    };
  };
  return [along(0), along(1)];
}

/** The smallest field that holds both. */
function union(a: Fields, b: Fields, node: Node): Fields {
  const along = (axis: 0 | 1): Field => {
    const [one, two] = [a[axis], b[axis]];
    if (one.stride === 0) return one;
    if (two.stride === 0) return two;
    if (one.stride !== two.stride)
      throw new GraphError(`receptiveField: ${describe(node)} joins maps of strides ${one.stride} and ${two.stride}`);
    const offset = Math.min(one.offset, two.offset);
    const end = Math.max(one.offset + one.size, two.offset + two.size);
    return { size: end - offset, stride: one.stride, offset };
  };
  return [along(0), along(1)];
}

function unknown(node: Node): never {
  throw new GraphError(`receptiveField: no field of one size after ${describe(node)}`);
}

const describe = ({ op, name }: Node): string => `${op}${name ? ` at ${name}` : ""}`;
