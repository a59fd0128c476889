import { type Node, type NodeOf, sizeOf } from "../../graph/node.ts";
import { operand } from "../fuse.ts";
import { SHADERS } from "../shaders.gen.ts";
import { specialise } from "../unroll.ts";
import { finishFunction, finishKernel, type Kernel, type LowerContext } from "./kernel.ts";

interface Side {
  readonly node: Node;
  /** Extents as stored: `minor` is the contiguous axis. */
  readonly major: number;
  readonly minor: number;
  readonly alongK: boolean;
  /** Elements between batches; 0 if one matrix serves all. */
  readonly batch: number;
}

/** Register tiles without workgroup memory; see shaders/matmul.wgsl. */
export function lowerMatmul(context: LowerContext): Kernel {
  const { builder, group } = context;
  const heavy = group.heavy as NodeOf<"matmul">;
  const [M, N] = heavy.shape.slice(-2);
  const a = side(heavy, 0);
  const b = side(heavy, 1);
  const K = a.alongK ? a.minor : a.major;
  const batches = sizeOf(heavy.shape) / (M * N);
  const TM = tile(M);
  const TN = Math.max(4, tile(N));
  const rows = Math.ceil(N / TN) >= 8;
  const threads = rows ? Math.min(32, 2 ** Math.ceil(Math.log2(Math.ceil(N / TN)))) : 16;
  const row_tiles = Math.ceil(M / TM);
  const column_tiles = Math.ceil(N / TN);
  const count = rows ? batches * row_tiles * Math.ceil(column_tiles / threads) : Math.ceil((batches * row_tiles * column_tiles) / threads);
  const loads = [loadFour(context, "a4", a, K), loadFour(context, "b4", b, K)].join("\n");
  // A small M along the contiguous axis of A still reads 4 rows at a time.
  const tileM = a.alongK ? TM : Math.max(4, TM);
  const word = (value: number): string => builder.word(value);
  const words = {
    M: word(M),
    N: word(N),
    K: word(K),
    COUNT: word(count),
    BATCHES: word(batches),
    A_BATCH: word(a.batch),
    B_BATCH: word(b.batch),
  };
  const constants = {
    TM: tileM,
    TN,
    TM4: Math.floor(tileM / 4),
    TN4: TN / 4,
    TILE: tileM * TN,
    THREADS: threads,
    ROWS: rows,
    A_ALONG_K: a.alongK,
    B_ALONG_K: b.alongK,
  };
  const finish = finishFunction(context);
  const code = `${loads}\n${finish}\n${specialise(SHADERS.matmul, constants, words)}`;
  const variant = `${tileM}x${TN} ${rows ? "rows" : "flat"} ${threads}`;
  return finishKernel(context, { code, workgroups: count, variant, flops: 2 * batches * M * N * K });
}

/** The tile's edge for an extent: 8, or the power of two that covers a smaller one. */
const tile = (extent: number): number => Math.min(8, 2 ** Math.ceil(Math.log2(extent)));

function side(heavy: NodeOf<"matmul">, which: 0 | 1): Side {
  const input = heavy.inputs[which];
  const node = operand(heavy as Node, input);
  const [major, minor] = input.shape.slice(-2);
  const alongK = which === 0 ? !heavy.attrs.transposeA : heavy.attrs.transposeB;
  const shared = sizeOf(node.shape) === major * minor && sizeOf(input.shape) > major * minor;
  return { node, major, minor, alongK, batch: shared ? 0 : major * minor };
}

/**
 * `fn NAME(start, major, minor)`: 4 neighbours along the contiguous axis. With rows divisible by 4 that is one vec4 load;
 * else 4 loads, clamped. What lies beyond K is zero on one side at least (A), so that it adds nothing.
 */
function loadFour({ builder }: LowerContext, name: string, { node, major, minor, alongK }: Side, K: number): string {
  const vector = minor % 4 === 0 && builder.isAligned(node);
  const bound = builder.bind(node, { vector });
  const { lines, result } = builder.body(() => builder.offset(node, "start"));
  const last = builder.word(major - 1);
  const beyond = alongK || K % 4 === 0 ? "" : `if (row >= ${builder.word(K)}) { return vec4f(); } `;
  const head = `fn ${name}(start: u32, row: u32, column: u32) -> vec4f { ${lines.join(" ")} ${name === "a4" ? beyond : ""}let from_row = ${result} + min(row, ${last}) * ${builder.word(minor)};`;
  if (bound.vector && vector) return `${head} return ${bound.name}[(from_row + min(column, ${builder.word(minor - 4)})) >> 2u]; }`;
  const limit = builder.word(minor - 1);
  const loads = [0, 1, 2, 3].map((i) =>
    plainLoad(builder, node, `from_row + min(column + ${i}u, ${limit})`, alongK && K % 4 !== 0 ? `column + ${i}u <= ${limit}` : null),
  );
  return `${head} return vec4f(${loads.join(", ")}); }`;
}

/** A load whose index already holds the owner's offset. */
function plainLoad(builder: LowerContext["builder"], node: Node, at: string, guard: string | null): string {
  const load = builder.loadAt(node, at);
  return guard ? `select(0.0, ${load}, ${guard})` : load;
}
