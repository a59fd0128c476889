/** Batched matrix products. Which axis of the product lies along the lanes, and how large a thread's tile is, follows from the shape. */
import { type Node, type NodeOf, sizeOf } from "../../graph/node.ts";
import { operand } from "../common/nodes.ts";
import { SHADERS } from "../wgsl/shaders.gen.ts";
import { specialise } from "../wgsl/unroll.ts";
import { sizeClass } from "../common/variants.ts";
import { finishFunction, loadFunction } from "./functions.ts";
import { finishKernel, type Kernel, type LowerContext, type Target } from "./kernel.ts";
import { ceilDiv, nextPowerOfTwo } from "./sizes.ts";

/** An operand as the product sees it. */
interface Side {
  readonly node: Node;
  /** M of A, N of B. */
  readonly extent: number;
  /** Elements between neighbours along that axis, along K, and between batches (0 if one matrix serves all). */
  readonly step: number;
  readonly stepK: number;
  readonly batch: number;
}

export function lowerMatmul(context: LowerContext): Kernel {
  const { group, target } = context;
  const heavy = group.heavy as NodeOf<"matmul">;
  const sides = [sideOf(heavy, 0), sideOf(heavy, 1)] as const;
  const [K] = heavy.inputs[0].shape.slice(heavy.attrs.transposeA ? -2 : -1);
  const batches = sizeOf(heavy.shape) / (sides[0].extent * sides[1].extent);
  const product = { K, batches, inSteps: !target.nestsLoops && K >= LONG && sizeOf(heavy.shape) * K >= LARGE };
  const form = target.choose(keyOf(sides, product), heavy as Node, formsOf(sides, product, target));
  return form === "tiled" ? inWorkgroupMemory(context, sides, product) : inRegisters(context, sides, product, form);
}

interface Product {
  readonly K: number;
  readonly batches: number;
  /** Worth shaders/matmul_steps.wgsl, which takes longer to compile. */
  readonly inSteps: boolean;
}

/** A tile of registers: TM x TN elements a thread. */
interface Registers {
  readonly TM: number;
  readonly TN: number;
  /** Lanes lie along A. */
  readonly SWAPPED: boolean;
}

/** `matmul 1 512x512x512 K 1`: batches, M x N x K, do neighbours of a side lie together (1) or apart (K); `*`: one matrix for all batches. */
const keyOf = ([a, b]: readonly [Side, Side], { K, batches }: Product): string => {
  const layout = ({ step, batch }: Side): string => `${step === 1 ? "1" : "K"}${batch === 0 && batches > 1 ? "*" : ""}`;
  return `matmul ${sizeClass(batches)} ${[a.extent, b.extent, K].map(sizeClass).join("x")} ${layout(a)} ${layout(b)}`;
};

/** Terms of a sum, and multiply-adds, from which on SwiftShader takes several steps a turn. */
const LONG = 256;
const LARGE = 2 ** 27;

const TILES = [
  [32, 8],
  [16, 8],
  [8, 8],
  [16, 4],
  [8, 4],
] as const;

/** Forms that fit, the rule's first: workgroup memory on a GPU, registers where a CPU does the work. */
function formsOf([a, b]: readonly [Side, Side], { inSteps }: Product, target: Target): Record<string, Registers | "tiled"> {
  const forms: Record<string, Registers | "tiled"> = target.software ? {} : { tiled: "tiled" };
  const tiles = inSteps ? TILES : TILES.slice(1);
  const first = lanesAlongA(a, b);
  for (const SWAPPED of [first, !first])
    for (const [rows, columns] of tiles) {
      const [u, l] = SWAPPED ? [b, a] : [a, b];
      const TM = Math.min(rows, nextPowerOfTwo(u.extent));
      // 1, 4 or 8: a size in between finds its pipeline there already.
      const TN = l.extent <= 8 ? 1 : Math.min(columns, l.extent <= 32 ? 4 : 8);
      forms[`${TM}x${TN}${SWAPPED ? " swapped" : ""}`] ??= { TM, TN, SWAPPED };
    }
  forms.tiled ??= "tiled";
  return forms;
}

/** Terms of a sum beyond which blocks of 64 are too many: 64 sums of 64 equal terms lose up to 1.7 10^-6 (tests/kernels/ops/long-sums.test.ts). */
const MOST_TERMS = 4096;

/** Terms of a sum that are added up by themselves: sqrt(K) of them round least, but each block costs as much as a few terms. */
function blockOf({ K, inSteps }: Product, { nestsLoops }: Target): number {
  if (inSteps) return K > MOST_TERMS ? 128 : 256;
  return K > MOST_TERMS ? 64 : Math.max(nestsLoops ? 16 : 32, nextPowerOfTwo(Math.sqrt(K)));
}

/**
 * For adapters that have no fast workgroup memory: shaders/matmul.wgsl, and for large products on SwiftShader
 * shaders/matmul_steps.wgsl. Workgroups are as narrow as a CPU's vectors: the 8 columns of a thread lie close together then, and all sizes
 * share a pipeline.
 */
function inRegisters(context: LowerContext, sides: readonly [Side, Side], product: Product, { TM, TN, SWAPPED }: Registers): Kernel {
  const { builder, target } = context;
  const { K, batches, inSteps } = product;
  const LONG = K > MOST_TERMS;
  const [u, l] = SWAPPED ? [sides[1], sides[0]] : sides;
  const THREADS = target.software ? 8 : 32;
  const count = batches * ceilDiv(u.extent, TM) * ceilDiv(l.extent, TN * THREADS);
  const values = {
    COUNT: count,
    U: u.extent,
    L: l.extent,
    K,
    BLOCK: blockOf(product, target),
    U_STEP: u.step,
    U_K: u.stepK,
    U_BATCH: u.batch,
    L_STEP: l.step,
    L_K: l.stepK,
    L_BATCH: l.batch,
  };
  const [shader, terms] = inSteps ? [SHADERS.matmul_steps, { RAGGED: K % 4 !== 0 }] : [SHADERS.matmul, {}];
  const code = [
    loadFunction(builder, "load_u", u.node),
    loadFunction(builder, "load_l", l.node),
    finishFunction(context),
    specialise(shader, { TM, TN, TILE: TM * TN, THREADS, SWAPPED, LONG, CHAINS: LONG ? TM * TN : 1, ...terms }, builder.wordsOf(values)),
  ].join("\n");
  const variant = `${TM}x${TN}${SWAPPED ? " swapped" : ""}`;
  return finishKernel(context, { code, workgroups: count, variant, flops: 2 * batches * u.extent * l.extent * K });
}

/** Steps of K that lie in workgroup memory at a time. */
const DEPTH = 32;

/** For GPUs: shaders/matmul_tiled.wgsl. */
function inWorkgroupMemory(context: LowerContext, [a, b]: readonly [Side, Side], { K, batches }: Product): Kernel {
  const { builder } = context;
  const perThread = ({ extent }: Side): number => Math.min(4, nextPowerOfTwo(ceilDiv(extent, 8)));
  const [RM, RN] = [perThread(a), perThread(b)];
  const [ROWS, COLUMNS] = [8 * RM, 8 * RN];
  const count = batches * ceilDiv(a.extent, ROWS) * ceilDiv(b.extent, COLUMNS);
  const values = {
    COUNT: count,
    M: a.extent,
    N: b.extent,
    K,
    A_STEP: a.step,
    A_K: a.stepK,
    A_BATCH: a.batch,
    B_STEP: b.step,
    B_K: b.stepK,
    B_BATCH: b.batch,
  };
  const constants = { RM, RN, ROWS, COLUMNS, DEPTH, SIZE_A: ROWS * DEPTH, SIZE_B: COLUMNS * DEPTH };
  const along = { A_ALONG_K: a.stepK === 1, B_ALONG_K: b.stepK === 1, LONG: K > 64 * DEPTH };
  const code = [
    loadFunction(builder, "load_a", a.node),
    loadFunction(builder, "load_b", b.node),
    finishFunction(context),
    specialise(SHADERS.matmul_tiled, { ...constants, ...along }, builder.wordsOf(values)),
  ].join("\n");
  const variant = `tiled ${ROWS}x${COLUMNS}`;
  return finishKernel(context, { code, workgroups: count, variant, flops: 2 * batches * a.extent * b.extent * K });
}

/** Lanes want neighbours in memory and enough of them; where both sides or none offer that, those of B. */
function lanesAlongA(a: Side, b: Side): boolean {
  const worth = ({ extent, step }: Side): number => Math.min(extent, 8) * (step === 1 ? 4 : 1);
  // Not simply the longer axis: a batch of another size would compile again.
  return worth(a) > worth(b) || (worth(a) === worth(b) && b.extent < 32 && a.extent >= 256);
}

function sideOf(heavy: NodeOf<"matmul">, which: 0 | 1): Side {
  const input = heavy.inputs[which];
  const node = operand(heavy as Node, input);
  const [major, minor] = input.shape.slice(-2);
  const alongK = which === 0 ? !heavy.attrs.transposeA : heavy.attrs.transposeB;
  const shared = sizeOf(node.shape) === major * minor && sizeOf(input.shape) > major * minor;
  const [extent, step, stepK] = alongK ? [major, minor, 1] : [minor, 1, minor];
  return { node, extent, step, stepK, batch: shared ? 0 : major * minor };
}
