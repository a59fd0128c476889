/** scatterAdd: one thread owns a column of the result, or a block of it, and goes through all that is added there, in order. */
import { type Node, type NodeOf, sizeOf } from "../../graph/node.ts";
import { SHADERS } from "../wgsl/shaders.gen.ts";
import { specialise } from "../wgsl/unroll.ts";
import { loadFunction } from "./functions.ts";
import { finishKernel, type Kernel, type LowerContext } from "./kernel.ts";
import { ceilDiv } from "./sizes.ts";

const THREADS = 64;
/** Threads up to which more of them are worth it, though each reads all indices of its column. */
const [SCATTER_THREADS, HARDWARE_SCATTER_THREADS] = [16, 4096];

export function lowerScatter(context: LowerContext): Kernel {
  const { builder, group, target } = context;
  const heavy = group.heavy as NodeOf<"scatterAdd"> & Node;
  const [src, index] = heavy.inputs;
  const { axis, size: EXTENT, lost: LOST = false } = heavy.attrs;
  const INNER = sizeOf(heavy.shape.slice(axis + 1));
  const columns = sizeOf(heavy.shape) / heavy.shape[axis];
  // Each block of a column goes through all that is added to it: no more of them than the device has threads to fill.
  const wanted = Math.ceil((target.software ? SCATTER_THREADS : HARDWARE_SCATTER_THREADS) / columns);
  const BLOCK = ceilDiv(EXTENT, Math.min(EXTENT, wanted));
  const BLOCKS = ceilDiv(EXTENT, BLOCK);
  const COUNT = columns * BLOCKS;
  const sizes = context.builder.wordsOf({ COUNT, BLOCK, BLOCKS, EXTENT, INNER, J: src.shape[axis] });
  const store = builder.body(() => builder.line(builder.store(heavy, "i", "value"))).lines.join(" ");
  const code = [
    loadFunction(builder, "load_src", src),
    loadFunction(builder, "load_index", index),
    loadFunction(builder, "load_y", heavy),
    `fn store_y(i: u32, value: ${heavy.dtype}) { ${store} }`,
    LOST ? ADD_AND_KEEP : `fn add_y(i: u32, lost: u32, x: ${heavy.dtype}) { store_y(i, load_y(i) + x); }`,
    specialise(SHADERS.scatter_add, { THREADS, LOST }, { ...sizes, NOTHING: `${heavy.dtype}(0)` }),
  ].join("\n");
  return finishKernel(context, { code, workgroups: ceilDiv(COUNT, THREADS), variant: "columns", flops: BLOCKS * sizeOf(src.shape) });
}

/** W. Kahan's compensated addition (1965); an infinite sum, and NaN, have lost nothing. */
const ADD_AND_KEEP = `fn add_y(i: u32, lost: u32, x: f32) {
let before = load_y(i);
let term = x + load_y(lost);
let after = fixed_(before + term);
store_y(i, after);
store_y(lost, select(0.0, term - (after - before), is_finite_(after) != 0));
}`;
