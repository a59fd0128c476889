/**
 * Fusion: which values are written to memory, and which live only inside a kernel.
 *
 * A heavy op (matmul, convolution, reduction, ...) starts a kernel. The elementwise ops after it join as its epilogue as long as each has one
 * user and the same number of elements. Everything inline (graph/op.ts: elementwise, movement, lookup, generated, and constants of one
 * element) is computed where it is used, unless that would repeat expensive work or bind too many buffers.
 */
import { type Node, sizeOf } from "../../graph/node.ts";
import {
  hasEpilogue,
  hasPrologue,
  type HeavyNode,
  isElementwise,
  isHeavy,
  isInline,
  isInterleaved,
  isLeaf,
  isPooled,
  operand,
  unview,
} from "../common/nodes.ts";
import { towardsUpdates, usersOf } from "../common/order.ts";
import { type BindingLimits, Measure } from "./measure.ts";

/** Work of one element, in additions; beyond this a value with several users is stored rather than repeated. */
const REPEATABLE = 12;
/** Ops of one value's expression; beyond this it is stored: texts, and the recursions over them, stay short. */
const LONGEST = 200;

export interface Fusion {
  /** Nodes that have memory, with the reason. */
  readonly stored: ReadonlyMap<Node, string>;
  /** Stored node at the end of an epilogue -> its heavy op. */
  readonly heavyOf: ReadonlyMap<Node, HeavyNode>;
  readonly order: readonly Node[];
}

export interface FuseOptions extends BindingLimits {
  readonly outputs: readonly Node[];
  /** New values of variables: each is written by a kernel of its own at the end. */
  readonly updates: readonly Node[];
}

/** Decides for every node of `order` (inputs first) whether it is stored. */
export function fuse(order: readonly Node[], options: FuseOptions): Fusion {
  const users = usersOf(order);
  const stored = new Map<Node, string>();
  const heavyOf = new Map<Node, HeavyNode>();
  const ends = new Set(options.updates);
  const store = (node: Node, reason: string): void => {
    const at = unview(node);
    if (!stored.has(at)) stored.set(at, reason);
  };
  for (const node of order) if (isLeaf(node)) stored.set(node, node.op);
  for (const output of options.outputs) store(output, "output");
  for (const node of order)
    if (!isInline(node) && !isLeaf(node) && !hasPrologue(node) && !isInterleaved(node))
      for (const input of node.inputs) store(operand(node, input), `read by ${node.op}`);

  const measure = new Measure(stored, options, store);
  const updating = towardsUpdates(order, users, ends);
  const inner = new Set<Node>();
  const claimed = new Set<Node>();
  const operands = new Map<Node, readonly Node[]>();
  for (const node of order) {
    if (isInline(node)) {
      if (!claimed.has(node)) settle(node, measure, updating.has(node) ? 1 : (users.get(node)?.length ?? 0));
    } else if (!isLeaf(node)) {
      measure.fit(node, heavyOperands(node));
      const [end, reason, read] = epilogueEnd(node, { users, stored, ends, measure, inner, claimed });
      stored.set(end, stored.get(end) ?? reason);
      if (isHeavy(node)) heavyOf.set(end, node);
      operands.set(end, read);
    }
  }
  // A value that was stored late may need a binding more in what was decided early.
  for (let before = -1; before < stored.size; ) {
    before = stored.size;
    for (const node of order) if (!isLeaf(node) && !inner.has(node)) measure.fit(node, operands.get(node) ?? node.inputs);
  }
  return { stored, heavyOf, order };
}

const heavyOperands = (heavy: Node): Node[] => heavy.inputs.map((input) => operand(heavy, input));

/** Decides whether an inline node is stored. */
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
  /** Nodes inside an epilogue: values that are neither stored nor computed elsewhere. */
  readonly inner: Set<Node>;
  /** Nodes that belong to some epilogue. */
  readonly claimed: Set<Node>;
}

/** Follows the chain of elementwise ops with one user each after a heavy op. Gives its end, why it ends there, and what the kernel reads; marks all before the end as inner. */
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
    if (!hasEpilogue(heavy)) return [end, `${heavy.op} has no epilogue`, operands];
    if (next.length !== 1) return [end, `${next.length} users`, operands];
    const user = next[0];
    if (heavy.op === "maxPoolIndex" && at === heavy && !isPooled(user, heavy)) return [end, `read by ${user.op}`, operands];
    if (ends.has(user)) return [end, "an update commits at the end", operands];
    if (claimed.has(user)) return [end, "the epilogue of another kernel", operands];
    if (user.op === "reshape") {
      at = user;
      continue;
    }
    if ((!isElementwise(user) && !isPooled(user, heavy)) || sizeOf(user.shape) !== sizeOf(heavy.shape))
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
