/** Replay after a loss or gradient stopped being finite: which node went bad first. */
import { isFinite, sum } from "../graph/index.ts";
import { type Node, type OpName, sizeOf } from "../graph/node.ts";
import type { Device } from "../runtime/device.ts";
import { topological } from "./order.ts";
import type { ProgramSpec } from "./prepare.ts";
import { compile, type Feed, planProgram } from "./program.ts";
import type { Store } from "./store.ts";

export interface NonFinite {
  readonly node: Node;
  readonly op: OpName;
  /** The path of the layer that made the node, or a variable's own path; "" if it has none. */
  readonly path: string;
}

/** Ops that give finite numbers for finite inputs; what they pass on went bad before them. */
const HARMLESS: ReadonlySet<OpName> = new Set<OpName>([
  "input",
  "iota",
  "neg",
  "abs",
  "sign",
  "floor",
  "maximum",
  "minimum",
  "select",
  "stopGradient",
  "relu",
  "sigmoid",
  "tanh",
  "sin",
  "cos",
  "reduceMax",
  "reshape",
  "transpose",
  "broadcast",
  "slice",
  "concat",
  "reverse",
  "gather",
  "poolGather",
]);

/** Nodes tested by one replay, at most. */
const BATCH = 64;

/**
 * The first node, in order of creation, whose value has an element that is not finite; null if all are finite. Nothing is updated: the
 * store must still hold the values with which the bad step began. Each replay tests as many nodes as fit into `budget` bytes
 * (default: twice what the program itself needs), and the search ends with the first replay that finds something.
 */
export async function firstNonFinite(
  device: Device,
  spec: ProgramSpec,
  store: Store,
  feeds: Readonly<Record<string, Feed>>,
  { budget = 2 * planProgram(device, spec).peak }: { readonly budget?: number } = {},
): Promise<NonFinite | null> {
  const roots = [...Object.values(spec.outputs), ...(spec.updates ?? []).map(([, next]) => next)];
  let left = topological(roots)
    .filter(({ op, dtype }) => dtype === "f32" && !HARMLESS.has(op))
    .sort((a, b) => a.id - b.id);
  const replayOf = (nodes: readonly Node[]): ProgramSpec => ({
    name: `${spec.name}, replayed`,
    outputs: Object.fromEntries(nodes.map((node, i) => [i, sum(isFinite(node))])),
  });
  while (left.length > 0) {
    let count = Math.min(BATCH, left.length);
    while (count > 1 && planProgram(device, replayOf(left.slice(0, count))).peak > budget) count = Math.ceil(count / 2);
    const batch = left.slice(0, count);
    left = left.slice(count);
    const found = await firstIn(device, batch, replayOf(batch), store, feeds);
    if (found) return { node: found, op: found.op, path: found.op === "variable" ? found.attrs.path : found.name };
  }
  return null;
}

async function firstIn(device: Device, nodes: readonly Node[], spec: ProgramSpec, store: Store, feeds: Readonly<Record<string, Feed>>) {
  const program = await compile(device, { ...spec, store });
  try {
    const used = new Set(program.prepared.inputs.map((input) => input.attrs.key));
    const counts = await program.call(Object.fromEntries(Object.entries(feeds).filter(([key]) => used.has(key))));
    return nodes.find((node, i) => counts[i][0] !== sizeOf(node.shape)) ?? null;
  } finally {
    program.dispose();
  }
}
