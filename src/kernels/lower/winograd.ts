/** The transforms of minimal filtering: one thread takes one tile of one channel. The arithmetic is written out from the matrices. */
import type { NodeOf } from "../../graph/node.ts";
import { type Matrix, transformMatrix, winogradMatrices } from "../../graph/ops/winograd.ts";
import { finishFunction, finishKernel, type Kernel, loadFunction, type LowerContext } from "./kernel.ts";

const THREADS = 32;

/** Patch d -> M d M^T, stored as size^2 planes of [B, columns]. */
export function lowerWinogradTransform(context: LowerContext): Kernel {
  const { builder, group } = context;
  const heavy = group.heavy as NodeOf<"winogradTransform">;
  const { step, padding, tiles, turned } = heavy.attrs;
  const [x] = heavy.inputs;
  const [, B, H, W] = x.shape;
  const columns = heavy.shape[2];
  const M = transformMatrix(heavy.attrs);
  const [size, edge] = [M.length, M[0].length];
  const inside = ([H, W] as const).every((extent, axis) => padding[axis] === 0 && (tiles[axis] - 1) * step + edge <= extent);
  const word = (value: number): string => builder.word(value);
  const patch = (i: number, j: number): string => {
    const [r, s] = turned ? [edge - 1 - i, edge - 1 - j] : [i, j];
    const at = `at_${r} + ${s}`;
    if (inside) return `load_x(u32(${at}))`;
    return `select(0.0, load_x(u32(select(0, ${at}, row_${r} && column_${s}))), row_${r} && column_${s})`;
  };
  const edges = Array.from({ length: edge }, (_, r) => r);
  const body = [
    `let row = column / ${word(tiles[1])};`,
    `let across = column - row * ${word(tiles[1])};`,
    `let a = row / ${word(tiles[0])};`,
    `let down = row - a * ${word(tiles[0])};`,
    `let top = i32(down * ${word(step)}) - i32(${word(padding[0])});`,
    `let left = i32(across * ${word(step)}) - i32(${word(padding[1])});`,
    `let width = i32(${word(W)});`,
    `let start = i32((a * ${word(B)} + b) * ${word(H * W)}) + top * width + left;`,
    ...edges.map((r) => `let at_${r} = start + ${r} * width;`),
    ...(inside ? [] : edges.map((r) => `let row_${r} = u32(top + ${r}) < ${word(H)}; let column_${r} = u32(left + ${r}) < u32(width);`)),
    ...edges.flatMap((i) => edges.map((j) => `let d_${i}_${j} = ${patch(i, j)};`)),
    ...bothSides(M),
    `let plane = ${word(B * columns)};`,
    ...M.flatMap((_, i) => M.map((_, j) => `finish(item + ${i * size + j}u * plane, y_${i}_${j});`)),
  ];
  const code = [loadFunction(builder, "load_x", x), finishFunction(context), main(context, B, columns, body)].join("\n");
  return finished(context, code, B * columns, `${heavy.attrs.side} ${edge} to ${size}${inside ? "" : " padded"}`, M);
}

/** size^2 planes of [B, columns] -> the pixels of each tile, A^T m A. */
export function lowerWinogradInverse(context: LowerContext): Kernel {
  const { builder, group } = context;
  const heavy = group.heavy as NodeOf<"winogradInverse">;
  const { outputs, taps, size } = heavy.attrs;
  const [m] = heavy.inputs;
  const [, B, columns] = m.shape;
  const [, H, W] = size;
  const { AT } = winogradMatrices(outputs, taps);
  const edge = AT[0].length;
  const edges = AT[0].map((_, i) => i);
  const word = (value: number): string => builder.word(value);
  const body = [
    `let plane = ${word(B * columns)};`,
    ...edges.flatMap((i) => edges.map((j) => `let d_${i}_${j} = load_m(item + ${i * edge + j}u * plane);`)),
    ...bothSides(AT),
    // The tile goes through an indexed array, so that the epilogue is compiled once and not for every pixel.
    `var tile_out: array<f32, ${outputs * outputs}>;`,
    ...AT.flatMap((_, i) => AT.map((_, j) => `tile_out[${i * outputs + j}] = y_${i}_${j};`)),
    `let row = column / ${word(Math.ceil(W / outputs))};`,
    `let left = (column - row * ${word(Math.ceil(W / outputs))}) * ${outputs}u;`,
    `let a = row / ${word(Math.ceil(H / outputs))};`,
    `let top = (row - a * ${word(Math.ceil(H / outputs))}) * ${outputs}u;`,
    `let rows = min(${outputs}u, ${word(H)} - top);`,
    `let wide = min(${outputs}u, ${word(W)} - left);`,
    "for (var i = 0u; i < rows; i++) {",
    `let to = ((a * ${word(B)} + b) * ${word(H)} + top + i) * ${word(W)} + left;`,
    `for (var j = 0u; j < wide; j++) { finish(to + j, tile_out[i * ${outputs}u + j]); }`,
    "}",
  ];
  const code = [loadFunction(builder, "load_m", m), finishFunction(context), main(context, B, columns, body)].join("\n");
  return finished(context, code, B * columns, `${edge} to ${outputs}`, AT);
}

/** One invocation per channel `b` and tile `column`; `item` counts them all, tiles first, so that lanes take neighbours. */
function main({ builder }: LowerContext, B: number, columns: number, body: readonly string[]): string {
  return `@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
let item = (group.y * groups.x + group.x) * ${THREADS}u + lane;
if (item >= ${builder.word(B * columns)}) { return; }
let b = item / ${builder.word(columns)};
let column = item - b * ${builder.word(columns)};
${body.join("\n")}
}`;
}

/** y = M d M^T over scalars named d_i_j and y_i_j. */
function bothSides(M: Matrix): string[] {
  const columns = M[0].map((_, j) => j);
  return [
    ...M.flatMap((row, i) => columns.map((j) => `let t_${i}_${j} = ${combination(row, (k) => `d_${k}_${j}`)};`)),
    ...M.flatMap((_, i) => M.map((row, j) => `let y_${i}_${j} = ${combination(row, (k) => `t_${i}_${k}`)};`)),
  ];
}

/** The sum of row[k] name(k), without terms that vanish. */
function combination(row: readonly number[], name: (k: number) => string): string {
  return row.flatMap((factor, k) => (factor === 0 ? [] : [factor === 1 ? name(k) : `${literal(factor)} * ${name(k)}`])).join(" + ");
}

const literal = (value: number): string => `${Math.fround(value)}f`;

function finished(context: LowerContext, code: string, items: number, variant: string, M: Matrix): Kernel {
  const terms = M.reduce((count, row) => count + row.filter((factor) => factor !== 0).length, 0);
  const flops = 2 * items * terms * (M.length + M[0].length);
  return finishKernel(context, { code, workgroups: Math.ceil(items / THREADS), variant, flops });
}
