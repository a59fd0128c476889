/** Replaying a step that went bad, to say where. */

import { type Node, concat, isFinite, reduceMin, reshape } from "../../graph/index.ts";
import { compile, type Store } from "../../kernels/index.ts";
import type { Device } from "../../runtime/device.ts";
import type { Feeds } from "./types.ts";

/** Parts into which the suspects are divided by each replay. */
const PARTS = 16;

/** Everything that `roots` depend on, inputs first. */
export function nodesBelow(roots: readonly Node[]): Node[] {
  const seen = new Set<Node>(roots);
  for (const node of seen) for (const input of node.inputs) seen.add(input);
  return [...seen].sort((a, b) => a.id - b.id);
}

/** i32 [1] */
const finite = (node: Node): Node => reshape(reduceMin(isFinite(node)), [1]);

/** "exp at lstm", "sub", "weights at prediction.weight" */
function describe(node: Node): string {
  if (node.op === "variable") return `variable ${node.attrs.path}`;
  if (node.op === "input") return `input ${node.attrs.key}`;
  return node.name ? `${node.op} at ${node.name}` : node.op;
}

/** One flag per part: 1 if all its nodes are finite. */
const flagsOf = (parts: readonly (readonly Node[])[]): Node =>
  concat(
    parts.map((part) => reduceMin(concat(part.map(finite), 0), [0], { keepDims: true })),
    0,
  );

/** Lists of equal length, the last one shorter. */
function divide(nodes: readonly Node[]): Node[][] {
  const size = Math.ceil(nodes.length / PARTS);
  return Array.from({ length: Math.ceil(nodes.length / size) }, (_, i) => nodes.slice(i * size, (i + 1) * size));
}

/**
 * The first f32 node that holds an infinity or a NaN, with the store's variables as they are; null if all are finite. Each replay narrows
 * the suspects to a sixteenth.
 */
export async function findNotFinite(device: Device, store: Store, roots: readonly Node[], feeds: Feeds): Promise<string | null> {
  let suspects = nodesBelow(roots).filter((node) => node.dtype === "f32" && node.op !== "constant");
  while (suspects.length > 0) {
    const parts = divide(suspects);
    const bad = parts[await firstBad(device, store, parts, feeds)];
    if (!bad) return null;
    if (suspects.length === 1) return describe(suspects[0]);
    suspects = bad;
  }
  return null;
}

/** Replays up to the last part; the position of the first part that is not finite, or -1. */
async function firstBad(device: Device, store: Store, parts: readonly (readonly Node[])[], feeds: Feeds): Promise<number> {
  const flags = flagsOf(parts);
  const used = new Set(nodesBelow([flags]).flatMap((node) => (node.op === "input" ? [node.attrs.key] : [])));
  const program = await compile(device, { name: "finding what is not finite", outputs: { flags }, store });
  try {
    return (await program.call(Object.fromEntries(Object.entries(feeds).filter(([key]) => used.has(key))))).flags.indexOf(0);
  } finally {
    program.dispose();
  }
}
