/**
 * Graph -> smaller graph with the same meaning: common subexpressions, constants, algebra, movement ops that move nothing,
 * and sums of contributions (see `sums.ts`). One pass, inputs first; the result depends on the graph alone.
 */
import { constant, div, mul, OPS, reshape, transpose } from "../../graph/index.ts";
import { type Node, remake, sizeOf } from "../../graph/node.ts";
import { broadcast } from "../../graph/ops/broadcast.ts";
import { constantValue, isElementwise } from "../common/nodes.ts";
import { topological, usersOf } from "../common/order.ts";
import { byRule, type Choose } from "../common/variants.ts";
import { shareRuns } from "./concat-runs.ts";
import { asProduct } from "./convolution.ts";
import { keepLost, splitReduce } from "./split-reduce.ts";
import { rewriteSum } from "./sums.ts";

/** The simplified form of each root, in order. `choose`: between forms of a convolution. */
export function simplify(roots: readonly Node[], choose: Choose = byRule): readonly Node[] {
  const order = topological(roots);
  const users = usersOf(order);
  const outputs = new Set(roots);
  const done = new Map<Node, Node>();
  const partials = new Set<Node>();
  const known = new Map<string, Node>();
  const serial = new Map<object, number>();
  const serialOf = (item: object): number => {
    const found = serial.get(item) ?? serial.size;
    serial.set(item, found);
    return found;
  };
  const intern = (node: Node): Node => {
    const key = `${node.op}|${node.dtype}|${node.inputs.map(serialOf).join()}|${attrsKey(node, serialOf)}`;
    const found = known.get(key);
    if (found) return found;
    known.set(key, node);
    return node;
  };
  for (const node of order) {
    const inputs = node.inputs.map((input) => done.get(input) as Node);
    const rebuilt = inputs.every((input, i) => input === node.inputs[i]) ? node : remake(node, { inputs });
    // An add that feeds exactly one other add is looked at there, as a part of the whole sum.
    const partial = node.op === "add" && !outputs.has(node) && users.get(node)?.length === 1 && users.get(node)?.[0].op === "add";
    const result = intern(rebuilt.op === "add" && !partial ? (rewriteSum(rebuilt, partials) ?? rule(rebuilt)) : formed(rebuilt, choose));
    if (partial && result === rebuilt) partials.add(result);
    done.set(node, result);
  }
  return shareRuns(roots.map((root) => done.get(root) as Node));
}

function attrsKey(node: Node, serialOf: (item: object) => number): string {
  if (node.op === "constant" && node.attrs.data.length > 16) return `data ${serialOf(node.attrs.data)} ${node.shape.join()}`;
  if (node.op === "constant")
    return `${node.shape.join()}:${Array.from(node.attrs.data)
      .map((value) => (Object.is(value, -0) ? "-0" : value))
      .join()}`;
  if (node.op === "variable") return `${node.attrs.path} ${node.shape.join()}`;
  // JSON has no infinities and no -0.
  return JSON.stringify(node.attrs, (_, value) =>
    typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)) ? `#${Object.is(value, -0) ? "-0" : value}` : value,
  );
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((value, i) => value === b[i]);

const formed = (node: Node, choose: Choose): Node =>
  node.op === "conv2d" || node.op === "conv2dInputGrad" || node.op === "conv2dWeightGrad" ? asProduct(node, choose) : rule(node);

/** One local rewrite of a node whose inputs are already simplified. */
function rule(node: Node): Node {
  const [x, y] = node.inputs;
  switch (node.op) {
    case "stopGradient":
      return x;
    case "cast":
      return x.dtype === node.dtype ? x : fold(node);
    case "reshape":
      if (same(x.shape, node.shape)) return x;
      if (x.op === "reshape") return rule(reshape(x.inputs[0], [...node.shape]));
      return node;
    case "transpose":
      if (node.attrs.perm.every((from, to) => from === to)) return x;
      if (x.op === "transpose")
        return rule(
          transpose(
            x.inputs[0],
            node.attrs.perm.map((axis) => (x.attrs as { perm: readonly number[] }).perm[axis]),
          ),
        );
      // Moving only axes of extent 1 changes no address.
      return same(longAxes(node.attrs.perm, x.shape), longAxes([...node.shape.keys()], x.shape)) ? rule(reshape(x, [...node.shape])) : node;
    case "broadcast":
      if (same(x.shape, node.shape)) return x;
      return sizeOf(x.shape) === sizeOf(node.shape) ? rule(reshape(x, [...node.shape])) : node;
    case "slice":
      return same(x.shape, node.shape) ? x : node;
    case "pad":
      return [...node.attrs.low, ...node.attrs.high, ...node.attrs.interior].every((n) => n === 0) ? x : node;
    case "concat":
      return node.inputs.length === 1 ? x : node;
    case "sum":
    case "reduceMax":
      return sizeOf(x.shape) === sizeOf(node.shape) ? rule(reshape(x, [...node.shape])) : (splitReduce(node) ?? node);
    case "scatterAdd":
      return keepLost(node);
    case "add":
      return constantValue(y) === 0 ? x : constantValue(x) === 0 ? y : fold(node);
    case "sub":
      return constantValue(y) === 0 ? x : fold(node);
    case "mul":
      return constantValue(y) === 1 ? x : constantValue(x) === 1 ? y : fold(node);
    case "div":
      return constantValue(y) === 1 ? x : fold(node);
    case "select": {
      const choice = constantValue(x);
      return choice === null ? node : node.inputs[choice !== 0 ? 1 : 2];
    }
    case "pow":
      return power(node);
    case "neg":
      return x.op === "neg" ? x.inputs[0] : fold(node);
    case "matmul":
      return foldTranspose(node);
    default:
      return isElementwise(node) ? fold(node) : node;
  }
}

/** Small whole exponents are products, which are exact where pow is a unit in the last place off. NaN^0 is 1, as it is by IEEE 754. */
function power(node: Node): Node {
  const [x, y] = node.inputs;
  const folded = fold(node);
  if (folded !== node) return folded;
  switch (constantValue(y)) {
    case 0:
      return fill(1, node);
    case 1:
      return x;
    case 2:
      return mul(x, x);
    case 3:
      return mul(mul(x, x), x);
    case -1:
      return div(fill(1, node), x);
    default:
      return node;
  }
}

const longAxes = (perm: readonly number[], shape: readonly number[]): number[] => perm.filter((axis) => shape[axis] > 1);

/** An elementwise op of constants is a constant: evaluated once by its f64 definition, of numbers and to a number that f32 has. */
function fold(node: Node): Node {
  const values = node.inputs.map(constantValue);
  if (node.inputs.length === 0 || values.some((value) => value === null)) return node;
  const scalars = values.map((value, i) => ({
    shape: [],
    dtype: node.inputs[i].dtype,
    data: Float64Array.of(held(value as number, node.inputs[i])),
  }));
  const reference = OPS[node.op].reference as (inputs: readonly object[], attrs: object, out: object) => Float64Array;
  const value = held(reference(scalars, node.attrs, { shape: [], dtype: node.dtype })[0], node);
  return Number.isFinite(value) ? fill(value, node) : node;
}

/** A number as a device holds it. Subnormal ones count as 0, as they do on devices: 1e-40 = 0 must not be false here and true there. */
function held(value: number, { dtype }: Node): number {
  if (dtype === "i32") return value;
  return Math.abs(value) < 2 ** -126 ? value * 0 : Math.fround(value);
}

function fill(value: number, like: Node): Node {
  const filled = broadcast(constant(value, [], like.dtype), { shape: like.shape });
  return remake(filled, { id: like.id, name: like.name });
}

/** A matmul reads a transposed operand where it is, with the flag flipped. */
function foldTranspose(node: Node & { op: "matmul" }): Node {
  let { transposeA, transposeB } = node.attrs;
  const inputs = node.inputs.map((input, side) => {
    if (input.op !== "transpose" || !swapsLastTwo(input.attrs.perm)) return input;
    if (side === 0) transposeA = !transposeA;
    else transposeB = !transposeB;
    return input.inputs[0];
  });
  return remake(node, { inputs, attrs: { transposeA, transposeB } });
}

function swapsLastTwo(perm: readonly number[]): boolean {
  const last = perm.length - 1;
  return perm.every((from, to) => from === (to === last ? last - 1 : to === last - 1 ? last : to));
}
