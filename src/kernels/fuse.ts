/**
 * Fusion: which values are written to memory, and which live only inside a kernel.
 *
 * A heavy op (matmul, convolution, reduction, ...) starts a kernel. The elementwise ops behind it join as its epilogue as long as
 * each has one user and the same number of elements. Everything inline (elementwise, movement, gather, constants) is computed where
 * it is used, unless that would repeat expensive work or bind too many buffers.
 */
import { OPS } from "../graph/index.ts";
import { type Node, type OpName, sizeOf } from "../graph/node.ts";
import { usersOf } from "./order.ts";
import { isInline } from "./simplify.ts";

/** Work of one element, in additions; beyond this a value with several users is stored rather than repeated. */
const REPEATABLE = 12;
const COST: Partial<Record<OpName, number>> = {
  exp: 6,
  log: 8,
  expm1: 8,
  log1p: 8,
  pow: 16,
  sin: 8,
  cos: 8,
  tanh: 8,
  sigmoid: 8,
  softplus: 16,
  div: 3,
  sqrt: 3,
  rsqrt: 3,
  random: 60,
  reshape: 0,
  transpose: 0,
  broadcast: 0,
  slice: 0,
  reverse: 0,
  constant: 0,
  iota: 0,
  stopGradient: 0,
  cast: 0,
};

const EPILOGUE: ReadonlySet<OpName> = new Set<OpName>([
  "matmul",
  "conv2d",
  "conv2dInputGrad",
  "conv2dWeightGrad",
  "sum",
  "reduceMax",
  "maxUnpool",
  "scatterAdd",
]);
/** Heavy ops that can compute their input inside the kernel; the others read buffers. */
const PROLOGUE: ReadonlySet<OpName> = new Set<OpName>(["sum", "reduceMax", "argmax"]);

export interface Fusion {
  /** Nodes that have memory, with the reason. */
  readonly stored: ReadonlyMap<Node, string>;
  /** Stored node at the end of an epilogue -> its heavy op. */
  readonly heavyOf: ReadonlyMap<Node, Node>;
  readonly order: readonly Node[];
}

export interface FuseOptions {
  readonly outputs: readonly Node[];
  /** New values of variables: each is written by a kernel of its own at the end. */
  readonly updates: readonly Node[];
  readonly maxBindings: number;
  /** How many bindings a stored node takes (more than one if it is larger than a binding may be). */
  readonly bindingsOf: (node: Node) => number;
}

/** Held in a buffer of its own, which no kernel of the pass makes. A constant of one element is mostly written into the text instead. */
export const isSource = (node: Node): boolean => node.op === "input" || node.op === "variable" || node.op === "constant";
const isLeaf = (node: Node): boolean => isSource(node) && !(node.op === "constant" && sizeOf(node.shape) === 1);

/** Skips views that keep every element at its linear index. */
export function unview(node: Node): Node {
  let at = node;
  while (at.op === "reshape" || at.op === "stopGradient") at = at.inputs[0];
  return at;
}

/** What a heavy op reads for an input: a matmul looks through a broadcast over its batch, whose stride is then 0. */
export function operand(heavy: Node, input: Node): Node {
  if (heavy.op !== "matmul" || input.op !== "broadcast") return input;
  const [x] = input.inputs;
  const last = (node: Node): string => node.shape.slice(-2).join();
  return x.shape.length >= 2 && last(x) === last(input) && sizeOf(x.shape) === sizeOf(x.shape.slice(-2)) ? x : input;
}

export function fuse(order: readonly Node[], options: FuseOptions): Fusion {
  const users = usersOf(order);
  const stored = new Map<Node, string>();
  const heavyOf = new Map<Node, Node>();
  const ends = new Set(options.updates);
  const store = (node: Node, reason: string): void => {
    const at = unview(node);
    if (!stored.has(at)) stored.set(at, reason);
  };
  for (const node of order) if (isLeaf(node)) stored.set(node, node.op);
  for (const output of options.outputs) store(output, "output");
  for (const node of order)
    if (!isInline(node.op) && !isLeaf(node) && !PROLOGUE.has(node.op))
      for (const input of node.inputs) store(operand(node, input), `read by ${node.op}`);

  const measure = new Measure(stored, options);
  const inner = new Set<Node>();
  const claimed = new Set<Node>();
  for (const node of order) {
    if (isInline(node.op)) settle(node, inner, measure, store, users);
    else if (!isLeaf(node)) {
      for (const input of node.inputs) if (PROLOGUE.has(node.op)) measure.fit(input, 1, store);
      const [end, reason] = epilogueEnd(node, { users, stored, ends, measure, inner, claimed });
      stored.set(end, stored.get(end) ?? reason);
      heavyOf.set(end, node);
    }
  }
  return { stored, heavyOf, order };
}

/** Decides whether an inline node is stored after all. */
function settle(
  node: Node,
  inner: ReadonlySet<Node>,
  measure: Measure,
  store: (node: Node, reason: string) => void,
  users: Map<Node, Node[]>,
): void {
  if (node.op === "broadcast" && sizeOf(node.shape) > sizeOf(node.inputs[0].shape) && measure.cost(node.inputs[0]) > 2)
    store(node.inputs[0], "broadcast of computed values");
  measure.fit(node, 1, store);
  measure.cost(node);
  if (inner.has(node) || measure.isStored(node)) return;
  const uses = users.get(node)?.length ?? 0;
  if (uses > 1 && (measure.cost(node) > REPEATABLE || measure.leaves(node).size > 2)) store(node, `${uses} users`);
}

interface Context {
  readonly users: Map<Node, Node[]>;
  readonly stored: ReadonlyMap<Node, string>;
  readonly ends: ReadonlySet<Node>;
  readonly measure: Measure;
  readonly inner: Set<Node>;
  /** Nodes that belong to some epilogue. */
  readonly claimed: Set<Node>;
}

/** Follows the single-user elementwise chain behind a heavy op; marks what it passes as inner. */
function epilogueEnd(heavy: Node, { users, stored, ends, measure, inner, claimed }: Context): [Node, string] {
  let end = heavy;
  const leaves = new Set<Node>();
  for (const input of heavy.inputs)
    for (const leaf of PROLOGUE.has(heavy.op) ? measure.leaves(input) : [unview(operand(heavy, input))]) leaves.add(leaf);
  // `at` may run ahead of `end` over views, which have no memory of their own.
  for (let at: Node = heavy; ; ) {
    const next = users.get(at) ?? [];
    if (stored.has(at)) return [at, stored.get(at) as string];
    if (!EPILOGUE.has(heavy.op)) return [end, `${heavy.op} has no epilogue`];
    if (next.length !== 1) return [end, `${next.length} users`];
    const user = next[0];
    if (ends.has(user)) return [end, "an update commits at the end"];
    if (claimed.has(user)) return [end, "the epilogue of another kernel"];
    if (user.op === "reshape") {
      at = user;
      continue;
    }
    if (OPS[user.op].wgsl === undefined || sizeOf(user.shape) !== sizeOf(heavy.shape)) return [end, `${user.op} is not elementwise`];
    const more = user.inputs.filter((input) => input !== at).flatMap((input) => [...measure.leaves(input)]);
    const together = new Set([...leaves, ...more]);
    if (measure.bindings(together) + 1 > measure.maxBindings) return [end, `${measure.maxBindings} bindings`];
    for (const leaf of more) leaves.add(leaf);
    inner.add(end);
    claimed.add(user);
    end = user;
    at = user;
  }
}

/** Cost and leaves of computing a node inline, given what is stored so far. */
class Measure {
  private readonly costs = new Map<Node, number>();
  private readonly leafSets = new Map<Node, ReadonlySet<Node>>();
  readonly maxBindings: number;
  private readonly stored: ReadonlyMap<Node, string>;
  private readonly options: FuseOptions;

  constructor(stored: ReadonlyMap<Node, string>, options: FuseOptions) {
    this.stored = stored;
    this.options = options;
    this.maxBindings = options.maxBindings;
  }

  isStored(node: Node): boolean {
    return this.stored.has(unview(node));
  }

  cost(node: Node): number {
    if (this.isStored(node) || !isInline(node.op)) return 0;
    const known = this.costs.get(node);
    if (known !== undefined) return known;
    const own = COST[node.op] ?? 1;
    const total = Math.min(
      1e6,
      node.inputs.reduce((sum, input) => sum + this.cost(input), own),
    );
    this.costs.set(node, total);
    return total;
  }

  /** Stored nodes that computing `node` loads. */
  leaves(node: Node): ReadonlySet<Node> {
    const at = unview(node);
    if (this.stored.has(at) || !isInline(at.op)) return new Set([at]);
    const known = this.leafSets.get(at);
    if (known) return known;
    const set = new Set<Node>();
    for (const input of at.inputs) for (const leaf of this.leaves(input)) set.add(leaf);
    this.leafSets.set(at, set);
    return set;
  }

  bindings(leaves: ReadonlySet<Node>): number {
    let count = 0;
    for (const leaf of leaves) count += this.options.bindingsOf(leaf);
    return count;
  }

  /** Stores the widest inputs until the node's own loads fit beside `reserved` bindings. */
  fit(node: Node, reserved: number, store: (node: Node, reason: string) => void): void {
    while (this.bindings(this.leaves(node)) + reserved > this.maxBindings) {
      const widest = widestInline(
        node,
        (input) => this.bindings(this.leaves(input)),
        (input) => !this.isStored(input) && isInline(unview(input).op),
      );
      if (!widest) return;
      store(widest, `more than ${this.maxBindings} bindings`);
      this.leafSets.clear();
      this.costs.clear();
    }
  }
}

/** The input of `node` (looking through inputs with no choice) that loads the most and can be stored. */
function widestInline(node: Node, width: (input: Node) => number, storable: (input: Node) => boolean): Node | null {
  let best: Node | null = null;
  for (const input of node.inputs) if (storable(input) && width(input) > 1 && (!best || width(input) > width(best))) best = input;
  return best;
}
