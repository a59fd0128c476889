import { OPS } from "../../graph/index.ts";
import { type Node, sizeOf } from "../../graph/node.ts";
import { emit } from "../emit.ts";
import type { Group } from "../group.ts";
import { quadAt } from "../position.ts";
import { emitStores, finishKernel, type Kernel, type LowerContext } from "./kernel.ts";

const THREADS = 64;
/** From here on a thread takes four neighbours: fewer threads, wider loads. Below, more threads are worth more. */
const QUADS_FROM = 8192;
/** Four copies of a long expression cost more to compile than they save. */
const QUAD_OPS = 48;

/** One thread per element, or per four neighbours, for all stores of the group. */
export function lowerElementwise(context: LowerContext): Kernel {
  const { builder, group, isStored } = context;
  const values = group.stores.map((store) => store.value);
  const size = sizeOf(values[0].shape);
  const ops = countOps(values, isStored);
  const quads = size >= QUADS_FROM && ops <= QUAD_OPS && suitsQuads(context);
  const { lines } = builder.body(() => (quads ? emitQuads(context, "i") : emitStores(context, "i")));
  const width = quads ? 4 : 1;
  const code = `@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
let i = ((group.y * groups.x + group.x) * ${THREADS}u + lane)${quads ? " * 4u" : ""};
if (i >= ${builder.word(size)}) { return; }
${lines.join("\n")}
}`;
  return finishKernel(context, { code, workgroups: Math.ceil(size / width / THREADS), variant: `${width}x${THREADS}`, flops: size * ops });
}

/** Neighbours must share all coordinates but the last, or nobody may ask for coordinates. */
function suitsQuads({ group, isStored }: LowerContext): boolean {
  const { shape } = group.stores[0].value;
  if (sizeOf(shape) % 4 !== 0 || group.stores.some((store) => store.placement !== null)) return false;
  if (shape[shape.length - 1] % 4 === 0) return !reaches(group, isStored, (node) => node.op === "random");
  return !reaches(group, isStored, (node) => sizeOf(node.shape) > 1 && OPS[node.op].wgsl === undefined && node.op !== "reshape");
}

/** Is there a node between the roots and what is loaded that the test picks? */
function reaches(group: Group, isStored: (node: Node) => boolean, picks: (node: Node) => boolean): boolean {
  const seen = new Set<Node>();
  const visit = (node: Node): boolean => {
    if (seen.has(node) || isStored(node)) return false;
    seen.add(node);
    return picks(node) || node.inputs.some(visit);
  };
  return group.stores.some((store) => visit(store.value));
}

function emitQuads(context: LowerContext, first: string): void {
  const { builder, group, isStored } = context;
  const emitter = { builder, isStored, given: new Map<Node, string>() };
  const writes = group.stores.map(({ value, into }) => ({
    into,
    values: [0, 1, 2, 3].map((at) => emit(emitter, value, quadAt(builder, value.shape, first, at))),
  }));
  // All loads come before the first store, as in emitStores.
  for (const { into, values } of writes) for (const line of builder.storeFour(into, first, values)) builder.line(line);
}

/** Elementwise ops between the roots and what is loaded. */
export function countOps(roots: readonly Node[], isStored: (node: Node) => boolean): number {
  const seen = new Set<Node>();
  const visit = (node: Node): number => {
    if (seen.has(node) || isStored(node)) return 0;
    seen.add(node);
    return node.inputs.reduce((count, input) => count + visit(input), OPS[node.op].wgsl ? 1 : 0);
  };
  return roots.reduce((count, root) => count + visit(root), 0);
}
