/** Reverse-mode differentiation, graph to graph: the result is made of ops of the language and can be differentiated again. */
import { GraphError, scope, sizeOf, type Node, type NodeOf, type OpName } from "./node.ts";
import type { Vjp } from "./op.ts";
import { add } from "./ops/arithmetic.ts";
import { full } from "./ops/broadcast.ts";
import { sameShape, shapeText } from "./ops/common/checks.ts";
import { OPS } from "./ops/index.ts";

/** Gradient rules by op, instead of the ops' own. */
export type Rules = { readonly [K in OpName]: Vjp<K> };

export interface GradOptions {
  /** dL/dy, of y's shape; 1 for a scalar y. */
  readonly seed?: Node;
  /** E.g. guided backpropagation: { relu: ([x], y, dy) => [...] }. */
  readonly rules?: Partial<Rules>;
  /** What a `wrt` on which y does not depend gives. Default "error". */
  readonly unreachable?: "error" | "zeros";
}

/**
 * dy/dwrt, one node of the same shape per wrt. Where several uses of a node contribute, they are added left to right, last use first.
 * A wrt on which y depends through piecewise constant ops alone (floor, less, argmax ...) has the gradient 0.
 */
export function grad(y: Node, wrt: readonly Node[], { seed, rules = {}, unreachable = "error" }: GradOptions = {}): Node[] {
  const order = ancestors(y);
  const identify = identities(order);
  const targets = wrt.map((node) => identify(node));
  const cotangents = new Map<Node, Node[]>([[identify(y), [seedOf(y, seed)]]]);
  const active = dependents(order, new Set(targets), identify);
  const totals = new Map<Node, Node>();
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i];
    const parts = cotangents.get(node);
    if (!parts || !active.has(node)) continue;
    scope(node.name, () => {
      const dy = parts.reduce((total, part) => add(total, part));
      totals.set(node, dy);
      contribute(node, dy, rules, (input, part) => {
        const own = identify(input);
        if (!active.has(own)) return;
        const list = cotangents.get(own);
        if (list) list.push(part);
        else cotangents.set(own, [part]);
      });
    });
  }
  return targets.map((target, i) => {
    const total = totals.get(target);
    if (total) return total;
    const depends = dependents(order, new Set([target]), identify).has(y);
    if (unreachable === "error" && !depends) throw new GraphError(`grad: ${describe(y)} does not depend on ${describe(wrt[i])}`);
    return full(wrt[i].shape, 0);
  });
}

/** Every node on which y depends, y included, in order of creation: inputs before their users. */
function ancestors(y: Node): Node[] {
  const seen = new Set<Node>([y]);
  for (const node of seen) for (const input of node.inputs) seen.add(input);
  return [...seen].sort((a, b) => a.id - b.id);
}

/** Variables of one path are one variable, and inputs of one key one input: the first of them stands for all. */
function identities(order: readonly Node[]): (node: Node) => Node {
  const first = new Map<Node, Node>();
  const byKey = new Map<string, Node>();
  const identify = (node: Node): Node => {
    if (node.op !== "variable" && node.op !== "input") return node;
    const known = first.get(node);
    if (known) return known;
    const key = node.op === "variable" ? `variable ${node.attrs.path}` : `input ${node.attrs.key}`;
    const own = byKey.get(key) ?? node;
    byKey.set(key, own);
    first.set(node, own);
    return own;
  };
  order.forEach(identify);
  return identify;
}

/** The nodes through which a target reaches y; stopGradient lets nothing through. */
function dependents(order: readonly Node[], targets: ReadonlySet<Node>, identify: (node: Node) => Node): Set<Node> {
  const active = new Set<Node>();
  for (const node of order) {
    const reached = node.op !== "stopGradient" && node.inputs.some((input) => active.has(identify(input)));
    if (reached || targets.has(identify(node))) active.add(node);
  }
  return active;
}

function contribute(node: Node, dy: Node, rules: Partial<Rules>, give: (input: Node, part: Node) => void): void {
  if (node.inputs.length === 0) return;
  const parts = ruleOf(node, rules)?.(node.inputs, node, dy) ?? [];
  node.inputs.forEach((input, i) => {
    const part = parts[i];
    if (!part) return;
    if (!sameShape(part.shape, input.shape)) {
      const found = `${shapeText(part.shape)} for an input of ${shapeText(input.shape)}`;
      throw new GraphError(`grad of ${describe(node)}: the rule gave a cotangent of ${found}`);
    }
    if (input.dtype === "f32") give(input, part);
  });
}

function ruleOf<K extends OpName>(node: NodeOf<K>, rules: Partial<Rules>): Vjp<K> | null {
  return rules[node.op] ?? OPS[node.op].vjp;
}

function seedOf(y: Node, seed: Node | undefined): Node {
  if (y.dtype !== "f32") throw new GraphError(`grad: ${describe(y)} is ${y.dtype} and has no gradient`);
  if (seed && (seed.dtype !== "f32" || !sameShape(seed.shape, y.shape))) {
    throw new GraphError(`grad: expected a seed of f32 ${shapeText(y.shape)}, got ${seed.dtype} ${shapeText(seed.shape)}`);
  }
  if (!seed && sizeOf(y.shape) !== 1)
    throw new GraphError(`grad: ${describe(y)} of ${shapeText(y.shape)} is not a scalar: it needs a seed`);
  return seed ?? full(y.shape, 1);
}

const describe = (node: Node): string =>
  node.op === "variable"
    ? `variable "${node.attrs.path}"`
    : node.op === "input"
      ? `input "${node.attrs.key}"`
      : `${node.op}${node.name ? ` at ${node.name}` : ""}`;
