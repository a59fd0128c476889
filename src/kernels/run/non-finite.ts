/** Which node of a program was the first that is not finite: its own kernels run one by one, and what each stores is looked at. */
import { input, isFinite, OPS, sum } from "../../graph/index.ts";
import { type Node, type OpName, remake, sizeOf } from "../../graph/node.ts";
import type { Values, Visit } from "./executor.ts";
import type { Group, Home, Write } from "../group/group.ts";
import type { Kernel } from "../lower/kernel.ts";
import { placedShape } from "../lower/stores.ts";
import { unview } from "../common/nodes.ts";
import { topological } from "../common/order.ts";
import type { Prepared, ProgramSpec } from "../compile/prepare.ts";
import type { Runner } from "./runner.ts";

export interface NonFinite {
  readonly op: OpName;
  /** The path of the layer that made the node, or a variable's own path; "" if it has none. */
  readonly path: string;
  /** For people: "log at layer1", "variable layer1.weight". */
  readonly label: string;
  /** Which of the program's kernels computed it; -1 for a variable, which was there before. */
  readonly kernel: number;
}

/** Compiles a program on the same device. */
type Compile = (spec: ProgramSpec) => Promise<Pick<Runner, "call" | "dispose">>;

/**
 * The first kernel, in the order in which the program runs them, that stores an infinity or a NaN, or a variable that held one before. Of the
 * nodes that are computed inside that kernel and never stored, the first that is not finite is named; `compileAlone` computes them from what the kernel read.
 */
export async function firstNonFinite(
  { kernels, variables, homes }: Prepared,
  trace: (...visits: readonly Visit[]) => Promise<void>,
  compileAlone: Compile,
): Promise<NonFinite | null> {
  let variable: Node | undefined;
  let bad: number | undefined;
  const values = new Map<Node, Values>();
  const search: Visit = async (done, read) => {
    for (const node of done === 0 ? (variables as readonly Node[]) : [])
      if (node.dtype === "f32" && !(await read(node)).every(Number.isFinite)) variable ??= node;
    for (const store of done === 0 ? [] : kernels[done - 1].group.stores)
      if (store.value.dtype === "f32" && !isAllFinite(await read(boundBy(kernels[done - 1], store.into, homes)), store, homes))
        bad = done - 1;
    return variable !== undefined || bad !== undefined;
  };
  const readBefore: Visit = async (done, read) => {
    if (bad === undefined || done < bad) return bad === undefined;
    // A constant is known, and may hold infinities, which are no feeds.
    for (const node of kernels[bad].group.reads.filter((read) => unview(read).op !== "constant"))
      values.set(node, partOf(await read(boundBy(kernels[bad], node, homes)), node, homes));
    return true;
  };
  await trace(search, readBefore);
  if (variable) return describe(variable, -1);
  if (bad === undefined) return null;
  const { group } = kernels[bad];
  return describe((await firstInside(group, values, compileAlone)) ?? group.stores[0].value, bad);
}

function describe(node: Node, kernel: number): NonFinite {
  const { op } = node;
  if (op === "variable") return { op, path: node.attrs.path, label: `variable ${node.attrs.path}`, kernel };
  return { op, path: node.name, label: node.name ? `${op} at ${node.name}` : op, kernel };
}

/** The owner of the memory in which this kernel finds the node: a copy of the usual one where the value was rematerialised. */
function boundBy({ bindings }: Kernel, node: Node, homes: Prepared["homes"]): Node {
  const { owner } = homes.get(node) as Home;
  const isCopy = (other: Node): boolean => other.id === owner.id && other.inputs === owner.inputs && other.attrs === owner.attrs;
  return bindings.find((binding) => binding.owner === owner)?.owner ?? bindings.find((binding) => isCopy(binding.owner))?.owner ?? owner;
}

function partOf(all: Values, node: Node, homes: Prepared["homes"]): Values {
  const { offset } = homes.get(node) as Home;
  return all.subarray(offset, offset + sizeOf(node.shape));
}

/** Is what the store wrote finite? Its neighbours in a concatenation are not looked at. */
function isAllFinite(all: Values, store: Write, homes: Prepared["homes"]): boolean {
  const { placement, into } = store;
  const data = partOf(all, into, homes);
  if (!placement) return data.every(Number.isFinite);
  const [outer, inner] = placedShape(store);
  const row = sizeOf(into.shape.slice(placement.axis));
  const start = placement.start * sizeOf(into.shape.slice(placement.axis + 1));
  return Array.from({ length: outer }, (_, i) => i * row + start).every((at) => data.subarray(at, at + inner).every(Number.isFinite));
}

/** Can the node be the first that is not finite? Others hand on what an input has. */
const mayBeFirst = ({ op, dtype, inputs }: Node): boolean =>
  dtype === "f32" && (!OPS[op].keepsFinite || inputs.some((x) => x.op === "constant" && !x.attrs.data.every(Number.isFinite)));

/** Nodes tested by one program, at most. */
const BATCH = 64;

/** The first f32 node that the group computes from `values` and that is not finite; null if that program finds none, since its sums may round differently. */
async function firstInside(group: Group, values: ReadonlyMap<Node, Values>, compileAlone: Compile): Promise<Node | null> {
  const reads = [...values.keys()];
  const fed = new Map(reads.map((node, i) => [node, input(`${i}`, node.shape, node.dtype)]));
  const inside = topological(
    group.stores.map(({ value }) => value),
    (node) => (fed.has(node) ? [] : node.inputs),
  ).filter((node) => !fed.has(node));
  const copies = new Map<Node, Node>(fed);
  for (const node of inside) copies.set(node, remake(node, { inputs: node.inputs.map((x) => copies.get(x) as Node) }));
  const suspects = inside.filter((node) => node.op !== "constant" && mayBeFirst(node));
  for (let at = 0; at < suspects.length; at += BATCH) {
    const batch = suspects.slice(at, at + BATCH);
    const outputs = Object.fromEntries(batch.map((node, i) => [i, sum(isFinite(copies.get(node) as Node))]));
    const program = await compileAlone({ name: "the inside of a kernel", outputs });
    try {
      const used = new Set(topological(Object.values(outputs)));
      const feeds = reads.flatMap((node, i) => (used.has(fed.get(node) as Node) ? [[`${i}`, values.get(node) as Values] as const] : []));
      const counts = await program.call(Object.fromEntries(feeds));
      const first = batch.find((node, i) => counts[i][0] !== sizeOf(node.shape));
      if (first) return first;
    } finally {
      program.dispose();
    }
  }
  return null;
}
