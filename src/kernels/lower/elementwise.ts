/** Elementwise groups: one expression per store over one shape, by fours where rows allow, in rows or loops where that saves work. */
import { type Node, sizeOf } from "../../graph/node.ts";
import { domainOf } from "./domain.ts";
import { costOf, isElementwise, unview } from "../common/nodes.ts";
import type { Write } from "../group/group.ts";
import { atCoordinates, atLinear, type Position, viewed } from "../wgsl/position.ts";
import { finishKernel, type Kernel, type LowerContext } from "./kernel.ts";
import { emitFours, emitStoresAt, placedShape } from "./stores.ts";

const THREADS = 64;
/** From here on a thread takes four neighbours: fewer threads, wider loads. Below, more threads are worth more. */
const QUADS_FROM = 8192;
/** Four copies of a long expression cost more to compile than they save. */
const [QUAD_OPS, ALL_OPS] = [48, 96];
/** Items (elements, or fours) that a thread takes one after another, at most; and workgroups to keep, so that the device can balance its load. */
const MOST_STEPS = 16;
const [SOFTWARE_GROUPS, HARDWARE_GROUPS] = [16, 1024];
/** Beyond this a loop around an expression costs more than the workgroups that it saves. */
const LOOP_WORK = 12;
/** Shortest row, in items, that a workgroup walks by itself. */
const SHORTEST_ROW = 48;

/**
 * One thread per element or per four neighbours, several of them one after another, for all stores of the group. Where the expressions ask
 * for coordinates and rows are long, each workgroup stays in one row, whose own coordinates and values it works out once.
 */
export function lowerElementwise(context: LowerContext): Kernel {
  const { builder, group, isStored } = context;
  const size = sizeOf(group.stores[0].value.shape);
  const walk = walkOf(context);
  const { lines } = builder.body(() => walkRows(context, walk));
  const code = `@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
${lines.join("\n")}
}`;
  const { width, rows, chunks, loop } = walk;
  const variant = `${width}x${THREADS}${rows > 1 ? " rows" : ""}${loop ? " loop" : ""}`;
  const ops = countOps(
    group.stores.map(({ value }) => value),
    isStored,
  );
  return finishKernel(context, { code, workgroups: rows * chunks, variant, flops: size * ops });
}

interface Walk {
  readonly domain: readonly number[];
  readonly parts: readonly (readonly Write[])[];
  /** Neighbours that a thread computes side by side. */
  readonly width: number;
  /** Rows that workgroups keep to, and their items; one row where no coordinate is asked for. */
  readonly rows: number;
  readonly row: number;
  /** Workgroups of a row. */
  readonly chunks: number;
  readonly loop: boolean;
}

function walkOf(context: LowerContext): Walk {
  const { group, isStored, target } = context;
  const values = group.stores.map(({ value }) => value);
  const size = sizeOf(values[0].shape);
  const parts = partsOf(context);
  const opsOf = (stores: readonly Write[]): number =>
    countOps(
      stores.map(({ value }) => value),
      isStored,
    );
  const placed = group.stores.flatMap((store) => (store.placement ? [placedShape(store)[1]] : []));
  const domain = domainOf(values[0].shape, values, isStored, placed);
  const inner = domain[domain.length - 1];
  const short = opsOf(group.stores) <= ALL_OPS && parts.every((part) => opsOf(part) <= QUAD_OPS);
  const width = size >= QUADS_FROM && short && inner % 4 === 0 && group.stores.every(isAligned) ? 4 : 1;
  const rows = domain.length > 1 && inner / width >= SHORTEST_ROW ? size / inner : 1;
  const row = size / rows / width;
  const steps = Math.floor(size / width / THREADS / (target.software ? SOFTWARE_GROUPS : HARDWARE_GROUPS));
  const loop = width > 1 && steps > 1 && workOf(values, isStored) <= LOOP_WORK;
  const chunks = Math.ceil(row / THREADS / (loop ? Math.min(steps, MOST_STEPS, Math.ceil(row / THREADS)) : 1));
  return { domain, parts, width, rows, row, chunks, loop };
}

function walkRows(context: LowerContext, { domain, parts, width, rows, row, chunks, loop }: Walk): void {
  const { builder } = context;
  const long = rows > 1;
  builder.line("let flat = group.y * groups.x + group.x;");
  if (long) builder.line(`let outer = flat / ${builder.word(chunks, "chunks")};`);
  // The first item of the workgroup; each step takes the next one of every thread. Workgroups beyond the last row have none.
  const span = builder.word(Math.ceil(row / chunks / THREADS) * THREADS);
  builder.line(`let first = ${long ? `(flat - outer * ${builder.word(chunks, "chunks")})` : "flat"} * ${span};`);
  const end = `min(first + ${span}, ${builder.word(row)})`;
  builder.line(`let end = ${long ? `select(0u, ${end}, outer < ${builder.word(rows)})` : end};`);
  // A loop costs compile time: a single step goes without.
  const open = loop ? `for (var item = first + lane; item < end; item += ${THREADS}u) {` : "let item = first + lane;\nif (item < end) {";
  builder.block(open, ["item"], () => {
    const index = width === 4 ? builder.value("index", () => "item * 4u") : "item";
    const at = long ? rowPosition(context, domain, index) : viewed(builder, atLinear(builder, [sizeOf(domain)], index), domain);
    if (width === 4) emitParts(context, parts, at);
    else emitStoresAt(context, at);
  });
}

/** The element `index` of row `outer`. */
function rowPosition({ builder }: LowerContext, domain: readonly number[], index: string): Position {
  const inner = domain[domain.length - 1];
  const folded = [sizeOf(domain) / inner, inner];
  const at = atCoordinates(builder, folded, (axis) => (axis === 0 ? "outer" : index), "row", "row");
  return viewed(builder, at, domain);
}

/** Are four neighbours of the value, from an index divisible by 4, stored at such an index? */
function isAligned(store: Write): boolean {
  if (!store.placement) return true;
  const { into, placement } = store;
  const unit = sizeOf(into.shape.slice(placement.axis + 1));
  return (placement.start * unit) % 4 === 0 && (into.shape[placement.axis] * unit) % 4 === 0;
}

/** Four neighbours of each store, part by part: what a part needs lives no longer than it. */
function emitParts(context: LowerContext, parts: readonly (readonly Write[])[], first: Position): void {
  if (parts.length === 1) emitFours(context, parts[0], first);
  else for (const part of parts) context.builder.block("{", [], () => emitFours(context, part, first));
}

/** Connected components of the stores: two belong to one part if they load the same node, or if one loads what the other writes. */
function partsOf({ group, isStored }: LowerContext): Write[][] {
  const touched = new Map<Node, Write[]>();
  const parts = new Set<Write[]>();
  for (const store of group.stores) {
    const part = [store];
    for (const node of [...leavesOf(store.value, isStored), unview(store.into)]) {
      const other = touched.get(node);
      if (other && other !== part) {
        part.push(...other);
        parts.delete(other);
        for (const [key, value] of touched) if (value === other) touched.set(key, part);
      }
      touched.set(node, part);
    }
    parts.add(part);
  }
  return [...parts].map((part) => part.sort((a, b) => group.stores.indexOf(a) - group.stores.indexOf(b)));
}

/** Stored nodes of more than one element that the value loads. */
function leavesOf(root: Node, isStored: (node: Node) => boolean): Set<Node> {
  const leaves = new Set<Node>();
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (isStored(node)) {
      if (sizeOf(node.shape) > 1) leaves.add(unview(node));
    } else node.inputs.forEach(visit);
  };
  visit(root);
  return leaves;
}

/** Elementwise ops between the roots and what is loaded. */
export const countOps = (roots: readonly Node[], isStored: (node: Node) => boolean): number =>
  total(roots, isStored, (node) => (isElementwise(node) ? 1 : 0));

/** The same ops weighted by their cost, in additions. */
export const workOf = (roots: readonly Node[], isStored: (node: Node) => boolean): number =>
  total(roots, isStored, (node) => (isElementwise(node) || node.op === "random" ? costOf(node) : 0));

function total(roots: readonly Node[], isStored: (node: Node) => boolean, of: (node: Node) => number): number {
  const seen = new Set<Node>();
  const visit = (node: Node): number => {
    if (seen.has(node) || isStored(node)) return 0;
    seen.add(node);
    return node.inputs.reduce((count, input) => count + visit(input), of(node));
  };
  return roots.reduce((count, root) => count + visit(root), 0);
}
