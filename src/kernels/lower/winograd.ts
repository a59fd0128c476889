/**
 * The transforms of minimal filtering: one thread takes one tile of one channel. M d M^T is summed up row by row of d, and leaves through an
 * indexed array: loads and stores that are written out cost drivers milliseconds each to compile, and there would be 72 of them.
 */
import type { NodeOf } from "../../graph/node.ts";
import { type Matrix, transformMatrix, winogradMatrices } from "../../graph/ops/winograd.ts";
import { finishFunction, loadFunction } from "./functions.ts";
import { finishKernel, type Kernel, type LowerContext } from "./kernel.ts";

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
  const across = Array.from({ length: edge }, (_, s) => s);
  const patch = (s: number): string => {
    const at = `at + ${s}`;
    return inside ? `load_x(u32(${at}))` : `select(0.0, load_x(u32(select(0, ${at}, in_row && column_${s}))), in_row && column_${s})`;
  };
  const load = [
    `let r = ${turned ? `${edge - 1} - i32(i)` : "i32(i)"};`,
    `let at = start + r * width;`,
    ...(inside ? [] : [`let in_row = u32(top + r) < ${word(H)};`]),
    ...across.map((s) => `let d_${turned ? edge - 1 - s : s} = ${patch(s)};`),
  ];
  const body = [
    `let row = column / ${word(tiles[1])};`,
    `let across = column - row * ${word(tiles[1])};`,
    `let a = row / ${word(tiles[0])};`,
    `let down = row - a * ${word(tiles[0])};`,
    `let top = i32(down * ${word(step)}) - i32(${word(padding[0])});`,
    `let left = i32(across * ${word(step)}) - i32(${word(padding[1])});`,
    `let width = i32(${word(W)});`,
    `let start = i32((a * ${word(B)} + b) * ${word(H * W)}) + top * width + left;`,
    ...(inside ? [] : across.map((s) => `let column_${s} = u32(left + ${s}) < u32(width);`)),
    ...bothSides(context, M, load),
    `let plane = ${word(B * columns)};`,
    `for (var i = 0u; i < ${size}u; i += ${builder.one()}) {`,
    ...M.map((_, b) => `finish(item + (i * ${size}u + ${b}u) * plane, y_0_${b});`),
    ...M.slice(1).flatMap((_, a) => M.map((_, b) => `y_${a}_${b} = y_${a + 1}_${b};`)),
    "}",
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
  const word = (value: number): string => builder.word(value);
  const one = builder.one();
  const load = AT[0].map((_, j) => `let d_${j} = load_m(item + (i * ${edge}u + ${j}u) * plane);`);
  const body = [
    `let plane = ${word(B * columns)};`,
    ...bothSides(context, AT, load),
    `var y: array<f32, ${AT.length ** 2}>;`,
    ...AT.flatMap((_, a) => AT.map((_, b) => `y[${a * AT.length + b}] = y_${a}_${b};`)),
    `let row = column / ${word(Math.ceil(W / outputs))};`,
    `let left = (column - row * ${word(Math.ceil(W / outputs))}) * ${outputs}u;`,
    `let a = row / ${word(Math.ceil(H / outputs))};`,
    `let top = (row - a * ${word(Math.ceil(H / outputs))}) * ${outputs}u;`,
    `let rows = min(${outputs}u, ${word(H)} - top);`,
    `let wide = min(${outputs}u, ${word(W)} - left);`,
    `for (var i = 0u; i < rows; i += ${one}) {`,
    `let to = ((a * ${word(B)} + b) * ${word(H)} + top + i) * ${word(W)} + left;`,
    `for (var j = 0u; j < wide; j += ${one}) { finish(to + j, y[i * ${outputs}u + j]); }`,
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

/** Rows of d up to which the loop over them is written out. */
const FEW_ROWS = 4;

/** Scalars y_a_b: M d M^T, where `load` defines d_0, d_1, ... of row `i` of d. In the loop, the columns of M that a row meets come from the uniform. */
function bothSides({ builder }: LowerContext, M: Matrix, load: readonly string[]): string[] {
  const rows = M.map((_, a) => a);
  const across = rows.map((b) => `let t_${b} = ${combination(M[b], (k) => `d_${k}`)};`);
  const sums = rows.flatMap((a) => rows.map((b) => `var y_${a}_${b} = 0.0;`));
  const columns = M[0].map((_, i) => M.map((row) => row[i]));
  if (columns.length <= FEW_ROWS) {
    const added = (a: number, b: number, factor: number): string[] =>
      factor === 0 ? [] : [`y_${a}_${b} += ${factor === 1 ? "" : `${literal(factor)} * `}t_${b};`];
    const turn = (column: readonly number[], i: number): string[] => [
      "{",
      `let i = ${i}u;`,
      ...load,
      ...across,
      ...rows.flatMap((a) => rows.flatMap((b) => added(a, b, column[a]))),
      "}",
    ];
    return [...sums, ...columns.flatMap(turn)];
  }
  const pieces = Math.ceil(M.length / 4);
  const first = builder.table(columns);
  return [
    ...sums,
    `for (var i = 0u; i < ${columns.length}u; i += ${builder.one()}) {`,
    ...load,
    ...Array.from({ length: pieces }, (_, piece) => `let m_${piece} = bitcast<vec4f>(P.v[${first + piece}u + i * ${pieces}u]);`),
    ...across,
    ...rows.flatMap((a) => rows.map((b) => `y_${a}_${b} = fma(m_${a >> 2}.${"xyzw"[a & 3]}, t_${b}, y_${a}_${b});`)),
    "}",
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
