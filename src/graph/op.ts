/**
 * What an op is: one literal that states all of its facts. Whatever else is known of ops by name (docs/ops.md, the rules of fusion, the
 * list of kernels) is derived from these literals.
 */
import { createNode, GraphError, mistake, type DType, type Node, type NodeOf, type OpAttrs, type OpName, type Shape } from "./node.ts";

/**
 * How an op is computed:
 * - source: it is memory already (fed, kept, or known).
 * - generated: from the element's index and a key.
 * - elementwise: from the elements of its inputs at the same place. All shapes are equal.
 * - movement: from one element of its input, at a place that follows from its own.
 * - lookup: from the element of its first input to which its second, an index, points.
 * - layout: it is where its inputs are stored, one behind the other.
 * - heavy: from many elements; it has a kernel of its own.
 * All but source, layout and heavy are inline: computed inside the kernel that uses them.
 */
export type OpKind = keyof FactsOfKind;

/** The facts that the literal of each kind has to state, besides those of every op. */
interface FactsOfKind {
  source: never;
  generated: "cost";
  elementwise: "cost" | "wgsl";
  movement: "cost";
  lookup: "cost";
  layout: never;
  heavy: "epilogue" | "prologue" | "multiplyAdds";
}

/** One op = one literal. */
export interface OpDef<K extends OpName> {
  readonly name: K;
  readonly kind: OpKind;
  /** Output shape and dtype; throws a GraphError on inputs that do not fit. */
  readonly infer: (inputs: readonly Node[], attrs: OpAttrs[K]) => Signature;
  /** The definition of the op, in f64. Returns the output's data, row-major. */
  readonly reference: (inputs: readonly Tensor[], attrs: OpAttrs[K], out: Signature) => Float64Array;
  /** Null: the op has no gradient. */
  readonly vjp: Vjp<K> | null;
  /** Where the op is defined and held to its tolerance: one closed range per input (the last one repeats), and points whose neighbourhood has no gradient. */
  readonly domain: readonly { readonly low: number; readonly high: number; readonly kinks?: readonly number[] }[];
  /** |gpu - reference| <= tolerance * max(1, |reference|, size of the summands). */
  readonly tolerance: number;
  /** Does every finite input give a finite value? Not where the op can overflow or has a pole. */
  readonly keepsFinite: boolean;
  /** Work for one element, in additions. Fusion repeats what is cheap, and stores what is not. */
  readonly cost?: number;
  /** The WGSL expression, given one name (or literal) per input, since it may use one twice. May call functions of shaders/lib. */
  readonly wgsl?: (args: readonly string[], attrs: OpAttrs[K], dtypes: readonly DType[]) => string;
  /** Can the kernel go on with elementwise ops on its result? */
  readonly epilogue?: boolean;
  /** Can the kernel compute its input itself, or does it read buffers? */
  readonly prologue?: boolean;
  /** Multiplications, each with an addition, of a contraction; null for other ops. */
  readonly multiplyAdds?: ((node: NodeOf<K>) => number) | null;
}

/** The literal of one kind of op: a fact that the kind needs and that is missing does not compile, nor does one that it cannot have. */
export type OpLiteral<K extends OpName, Kind extends OpKind> = Omit<OpDef<K>, "kind" | FactsOfKind[OpKind]> &
  Required<Pick<OpDef<K>, FactsOfKind[Kind]>> & { readonly kind: Kind };

export interface Signature {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A reference value: all numbers are held as f64, i32 ones included. */
export interface Tensor extends Signature {
  readonly data: Float64Array;
}

/** A gradient rule: one cotangent per input, null where none flows. Built from ops of the language only. */
export type Vjp<K extends OpName> = (inputs: readonly Node[], y: NodeOf<K>, dy: Node) => readonly (Node | null)[];

/** Builds nodes of an op: `reshape(x, { shape })`. Inputs have to fit as they are; functions/ is for people. */
export interface Op<K extends OpName, Kind extends OpKind> {
  (...inputsAndAttrs: readonly [...inputs: Node[], attrs: OpAttrs[K]]): Node;
  readonly def: OpLiteral<K, Kind>;
}

export type Source<K extends OpName> = Op<K, "source">;
export type Generated<K extends OpName> = Op<K, "generated">;
export type Movement<K extends OpName> = Op<K, "movement">;
export type Lookup<K extends OpName> = Op<K, "lookup">;
export type Layout<K extends OpName> = Op<K, "layout">;
export type Heavy<K extends OpName> = Op<K, "heavy">;

/** Makes a builder out of an op's literal. Elementwise ops have builders that broadcast: ops/common/elementwise.ts. */
export function defineOp<K extends OpName, Kind extends OpKind>(def: OpLiteral<K, Kind>): Op<K, Kind> {
  const build = (...inputsAndAttrs: readonly [...inputs: Node[], attrs: OpAttrs[K]]): Node =>
    applyOp(def, inputsAndAttrs.slice(0, -1) as Node[], inputsAndAttrs[inputsAndAttrs.length - 1] as OpAttrs[K]);
  return Object.assign(build, { def });
}

/** The node of an op over inputs that fit as they are. Throws a GraphError that names the op and the path. */
export function applyOp<K extends OpName>(
  { name, infer }: Pick<OpDef<K>, "name" | "infer">,
  inputs: readonly Node[],
  attrs: OpAttrs[K],
): Node {
  try {
    const { shape, dtype } = infer(inputs, attrs);
    checkShape(shape);
    return createNode<K>({ op: name, inputs, attrs, shape, dtype }) as Node;
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return mistake(name, error.message);
  }
}

function checkShape(shape: Shape): void {
  for (const extent of shape) {
    if (!Number.isInteger(extent) || extent < 1) throw new GraphError(`every extent must be a positive integer, got [${shape.join(", ")}]`);
  }
}
