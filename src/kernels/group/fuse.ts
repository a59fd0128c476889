/**
 * Fusion: which values are written to memory, and which live only inside a kernel.
 *
 * A heavy op (matmul, convolution, reduction, ...) starts a kernel. The elementwise ops behind it join as its epilogue as long as
 * each has one user and the same number of elements. Everything inline (elementwise, movement, gather, constants) is computed where
 * it is used, unless that would repeat expensive work or bind too many buffers.
 */
import { OPS } from "../../graph/index.ts";
import { type Node, type OpName, sizeOf } from "../../graph/node.ts";
import { towardsUpdates, usersOf } from "../common/order.ts";
import { isInline } from "../rewrite/simplify.ts";

/** Work of one element, in additions; beyond this a value with several users is stored rather than repeated. */
const REPEATABLE = 12;
/** Ops of one value's expression; beyond this it is stored: texts, and the recursions over them, stay short. */
const LONGEST = 200;
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
  erf: 12,
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

/** Work of one op on one element, in additions. */
export const costOf = (op: OpName): number => COST[op] ?? 1;

/** Heavy ops whose kernel can go on with what it has computed. */
export const EPILOGUE: ReadonlySet<OpName> = new Set<OpName>([
  "matmul",
  "conv2d",
  "conv2dInputGrad",
  "conv2dWeightGrad",
  "winogradInverse",
  "fold",
  "sum",
  "reduceMax",
  "maxPoolIndex",
  "maxUnpool",
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

/** A concatenation whose parts do not lie one behind the other: each is computed where it belongs, and needs no memory of its own. */
export const isInterleaved = (node: Node): boolean => node.op === "concat" && sizeOf(node.shape.slice(0, node.attrs.axis)) > 1;

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
    if (!isInline(node.op) && !isLeaf(node) && !PROLOGUE.has(node.op) && !isInterleaved(node))
      for (const input of node.inputs) store(operand(node, input), `read by ${node.op}`);

  const measure = new Measure(stored, options, store);
  const updating = towardsUpdates(order, users, ends);
  const inner = new Set<Node>();
  const claimed = new Set<Node>();
  const operands = new Map<Node, readonly Node[]>();
  for (const node of order) {
    if (isInline(node.op)) {
      if (!claimed.has(node)) settle(node, measure, updating.has(node) ? 1 : (users.get(node)?.length ?? 0));
    } else if (!isLeaf(node)) {
      measure.fit(node, heavyOperands(node));
      const [end, reason, read] = epilogueEnd(node, { users, stored, ends, measure, inner, claimed });
      stored.set(end, stored.get(end) ?? reason);
      heavyOf.set(end, node);
      operands.set(end, read);
    }
  }
  // What was stored late may have widened what was settled early.
  for (let before = -1; before < stored.size; ) {
    before = stored.size;
    for (const node of order) if (!isLeaf(node) && !inner.has(node)) measure.fit(node, operands.get(node) ?? node.inputs);
  }
  return { stored, heavyOf, order };
}

const heavyOperands = (heavy: Node): Node[] => heavy.inputs.map((input) => operand(heavy, input));

/** Decides whether an inline node is stored after all. */
function settle(node: Node, measure: Measure, uses: number): void {
  if (node.op === "broadcast" && sizeOf(node.shape) > sizeOf(node.inputs[0].shape) && measure.cost(node.inputs[0]) > 2)
    measure.store(node.inputs[0], "broadcast of computed values");
  measure.fit(node, node.inputs);
  if (measure.isStored(node)) return;
  if (measure.length(node) > LONGEST) measure.store(node, `more than ${LONGEST} ops`);
  if (uses > 1 && (measure.cost(node) > REPEATABLE || measure.leaves(node).size > 2)) measure.store(node, `${uses} users`);
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

/** Follows the single-user elementwise chain behind a heavy op; marks what it passes as inner. Gives the end, why there, and what is read. */
function epilogueEnd(
  heavy: Node,
  { users, stored, ends, measure, inner, claimed }: Context,
): readonly [end: Node, reason: string, operands: readonly Node[]] {
  let end = heavy;
  let operands = heavyOperands(heavy);
  let length = 0;
  // `at` may run ahead of `end` over views, which have no memory of their own.
  for (let at: Node = heavy; ; ) {
    const next = users.get(at) ?? [];
    if (stored.has(at)) return [at, stored.get(at) as string, operands];
    if (!EPILOGUE.has(heavy.op)) return [end, `${heavy.op} has no epilogue`, operands];
    if (next.length !== 1) return [end, `${next.length} users`, operands];
    const user = next[0];
    if (heavy.op === "maxPoolIndex" && at === heavy && !isPooled(user, heavy)) return [end, `read by ${user.op}`, operands];
    if (ends.has(user)) return [end, "an update commits at the end", operands];
    if (claimed.has(user)) return [end, "the epilogue of another kernel", operands];
    if (user.op === "reshape") {
      at = user;
      continue;
    }
    if ((OPS[user.op].wgsl === undefined && !isPooled(user, heavy)) || sizeOf(user.shape) !== sizeOf(heavy.shape))
      return [end, `${user.op} is not elementwise`, operands];
    const more = [...operands, ...user.inputs.filter((input) => input !== at)];
    if (++length > LONGEST) return [end, `more than ${LONGEST} ops`, operands];
    if (!measure.fits(user, more)) return [end, `${measure.maxBindings} bindings`, operands];
    operands = more;
    inner.add(end);
    claimed.add(user);
    end = user;
    at = user;
  }
}

/** Is `node` the maximum whose place `index` is? The kernel of the index has it at hand. */
export const isPooled = (node: Node, index: Node): boolean =>
  node.op === "poolGather" && node.inputs[1] === index && index.op === "maxPoolIndex" && unview(node.inputs[0]) === unview(index.inputs[0]);

/** Cost and leaves of computing a node inline, given what is stored so far. */
class Measure {
  private readonly costs = new Map<Node, number>();
  private readonly lengths = new Map<Node, number>();
  private readonly leafSets = new Map<Node, ReadonlySet<Node>>();
  readonly maxBindings: number;
  private readonly stored: ReadonlyMap<Node, string>;
  private readonly options: FuseOptions;
  private readonly mark: (node: Node, reason: string) => void;

  constructor(stored: ReadonlyMap<Node, string>, options: FuseOptions, mark: (node: Node, reason: string) => void) {
    this.stored = stored;
    this.options = options;
    this.maxBindings = options.maxBindings;
    this.mark = mark;
  }

  store(node: Node, reason: string): void {
    this.mark(node, reason);
    this.leafSets.clear();
    this.costs.clear();
    this.lengths.clear();
  }

  isStored(node: Node): boolean {
    return this.stored.has(unview(node));
  }

  cost(node: Node): number {
    if (this.isStored(node) || !isInline(node.op)) return 0;
    const known = this.costs.get(node);
    if (known !== undefined) return known;
    const own = costOf(node.op);
    const total = Math.min(
      1e6,
      node.inputs.reduce((sum, input) => sum + this.cost(input), own),
    );
    this.costs.set(node, total);
    return total;
  }

  /** Ops of the node's expression, those that occur twice counted twice. */
  length(node: Node): number {
    if (this.isStored(node) || !isInline(node.op)) return 0;
    const known = this.lengths.get(node);
    if (known !== undefined) return known;
    const total = node.inputs.reduce((sum, input) => Math.min(1e6, sum + this.length(input)), 1);
    this.lengths.set(node, total);
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

  /** Can one kernel load all that `operands` need and write `node`? */
  fits(node: Node, operands: readonly Node[]): boolean {
    return this.bindings(operands) + this.options.bindingsOf(node) <= this.maxBindings;
  }

  /** Stores the widest operands until `fits`, or until there is nothing left to store. */
  fit(node: Node, operands: readonly Node[]): void {
    while (!this.fits(node, operands)) {
      let widest: Node | null = null;
      let most = 0;
      for (const input of operands) {
        if (this.isStored(input) || !isInline(unview(input).op)) continue;
        const gain = this.bindings([input]) - this.options.bindingsOf(input);
        if (gain > most) [widest, most] = [input, gain];
      }
      if (!widest) return;
      this.store(widest, `more than ${this.maxBindings} bindings`);
    }
  }

  private bindings(operands: readonly Node[]): number {
    const leaves = new Set(operands.flatMap((operand) => [...this.leaves(operand)]));
    let count = 0;
    for (const leaf of leaves) count += this.options.bindingsOf(leaf);
    return count;
  }
}
