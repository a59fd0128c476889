/** sum, reduceMax and argmax: with the input computed on the fly, and for sum and reduceMax an epilogue. */
import { type Node, type NodeOf, type Shape, sizeOf } from "../../graph/node.ts";
import { domainOf } from "./domain.ts";
import { emit } from "../wgsl/emit.ts";
import { atCoordinates, atLinear, type Position, quadsOf, viewed } from "../wgsl/position.ts";
import { countOps } from "./elementwise.ts";
import { finishFunction } from "./functions.ts";
import { finishKernel, type Kernel, type LowerContext, type Target } from "./kernel.ts";

type Reduction = NodeOf<"sum"> | NodeOf<"reduceMax"> | NodeOf<"argmax">;

/** Elements of one step of the innermost loop, times the ops of each, at most: text costs compile time. */
const STEP_OPS = 64;
const MOST_STEP = 16;
/** Below this extent, less. */
const LONG = 256;
const SHORT_STEP = 4;
/** A chain of additions loses at most half a unit in the last place with each: 8.5 of those halves over 32 equal terms, 5 10^-7. */
const MOST_ADDITIONS = 32;
const THREADS = 64;

/**
 * Few outputs, or on hardware long rows: one workgroup per output, whose threads split an axis and combine their results in workgroup memory.
 * Otherwise one thread per output, or per four neighbours where those lie together.
 */
export function lowerReduce(context: LowerContext): Kernel {
  const { builder, group, target } = context;
  const heavy = group.heavy as Reduction;
  const walk = walkOf(context, heavy);
  const threads = Math.min(THREADS, target.maxInvocations);
  const { lines } = builder.body(() => (walk.perWorkgroup ? outputPerWorkgroup : outputPerThread)(context, heavy, walk, threads));
  const partials = `var<workgroup> partials: array<${heavy.dtype}, ${threads}>;\n`;
  const code = `${walk.perWorkgroup ? partials : ""}${finishFunction(context)}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
let flat = group.y * groups.x + group.x;
${lines.join("\n")}
}`;
  const { outputs, width, column, perWorkgroup, step } = walk;
  return finishKernel(context, {
    code,
    workgroups: perWorkgroup ? outputs : Math.ceil(outputs / threads / (column ? width : 1)),
    variant: `${perWorkgroup ? `workgroup${threads}` : column ? `columns${width}` : "thread"} ${step}`,
    flops: sizeOf(heavy.inputs[0].shape) * (1 + countOps([...heavy.inputs], context.isStored)),
  });
}

interface Walk {
  /** The input's shape, with axes merged. */
  readonly domain: Shape;
  readonly reduced: readonly boolean[];
  readonly outputs: number;
  /** One output per workgroup, not per thread. */
  readonly perWorkgroup: boolean;
  /** The last axis is kept: neighbouring outputs lie together. */
  readonly column: boolean;
  /** Neighbours along the last axis that are loaded together: 4 or 1. */
  readonly width: number;
  /** Elements of the innermost loop's axis per step. */
  readonly step: number;
  /** The axis that a workgroup's threads share out. */
  readonly split: number;
  /** A sum of so many terms that what its additions lose is kept as well. */
  readonly long: boolean;
}

function walkOf({ isStored, target }: LowerContext, heavy: Reduction): Walk {
  const inputs = [heavy.inputs[0]];
  const [{ shape: whole }] = inputs;
  const axes = reducedAxes(heavy);
  const cuts = whole.flatMap((_, axis) => (axes.includes(axis) === axes.includes(axis + 1) ? [] : [sizeOf(whole.slice(axis + 1))]));
  const domain = domainOf(whole, inputs, isStored, cuts);
  const reduced = flagsOf(domain, whole, axes);
  const outputs = sizeOf(heavy.shape);
  const last = domain.length - 1;
  const column = !reduced[last];
  const count = sizeOf(whole) / outputs;
  const perWorkgroup = usesWorkgroups(heavy, outputs, count, column, target);
  const wide = domain[last] % 4 === 0 && (!column || (!perWorkgroup && (target.software ? outputs >= 64 : outputs >= 65536)));
  const width = wide ? 4 : 1;
  const extent = domain[reduced.lastIndexOf(true)];
  const ops = 1 + countOps(inputs, isStored);
  const each = column ? width : 1;
  let step = column ? 1 : width;
  // By fours: each form is a pipeline, and another size should find its own there already.
  const most = extent < LONG ? SHORT_STEP : MOST_STEP;
  while (!perWorkgroup && extent % (4 * step) === 0 && 4 * step * each <= most && 4 * step * each * ops <= STEP_OPS) step *= 4;
  const loops = [...domain.keys()].filter((axis) => reduced[axis]);
  const longest = loops.reduce((best, axis) => (domain[axis] >= domain[best] ? axis : best), loops[0] ?? -1);
  const split = !column && domain[last] >= 256 ? last : longest;
  const additions = count / step / (perWorkgroup ? Math.min(THREADS, domain[split] / step) : 1);
  const long = heavy.op === "sum" && heavy.dtype === "f32" && additions > MOST_ADDITIONS;
  return { domain, reduced, outputs, perWorkgroup, column, width, step, split, long };
}

/** On hardware neighbouring threads have to read neighbouring elements; on a software adapter a barrier costs more than it saves. */
function usesWorkgroups({ op }: Reduction, outputs: number, count: number, column: boolean, { software }: Target): boolean {
  if (op === "argmax" || count < 256) return false;
  return software ? outputs < 64 : outputs < 512 || !column;
}

const reducedAxes = (heavy: Reduction): readonly number[] => (heavy.op === "argmax" ? [heavy.attrs.axis] : heavy.attrs.axes);

/** Which axes of the domain lie inside reduced axes of `shape`. */
function flagsOf(domain: Shape, shape: Shape, axes: readonly number[]): boolean[] {
  return domain.map((_, i) => {
    const inner = sizeOf(domain.slice(i + 1));
    const axis = shape.findIndex((extent, at) => extent > 1 && sizeOf(shape.slice(at + 1)) <= inner);
    return axes.includes(axis);
  });
}

/** One output, or four neighbours, per thread. */
function outputPerThread(context: LowerContext, heavy: Reduction, walk: Walk, threads: number): void {
  const { builder } = context;
  const { width, column, outputs } = walk;
  const each = column ? width : 1;
  builder.line(`let o = (flat * ${threads}u + lane)${each > 1 ? ` * ${each}u` : ""};`);
  builder.line(`if (o >= ${builder.word(outputs)}) { return; }`);
  accumulate(context, heavy, walk, (axis) => ({ from: "0u", by: axis === walk.reduced.lastIndexOf(true) ? walk.step : 1 }));
  for (let k = 0; k < each; k++) builder.line(`finish(o${k > 0 ? ` + ${k}u` : ""}, ${totalOf(walk, k)});`);
}

/** One output per workgroup. */
function outputPerWorkgroup(context: LowerContext, heavy: Reduction, walk: Walk, threads: number): void {
  const { builder } = context;
  builder.line(`let o = min(flat, ${builder.word(walk.outputs - 1)});`);
  const innermost = walk.reduced.lastIndexOf(true);
  accumulate(context, heavy, walk, (axis) => {
    const step = axis === innermost ? walk.step : 1;
    return axis === walk.split ? { from: step > 1 ? `lane * ${step}u` : "lane", by: threads * step } : { from: "0u", by: step };
  });
  builder.line(`partials[lane] = ${totalOf(walk, 0)};`);
  builder.line(`for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
workgroupBarrier();
if (lane < half) { partials[lane] = ${joined(heavy, "partials[lane]", "partials[lane + half]")}; }
}
if (lane == 0u && flat == o) { finish(o, partials[0]); }`);
}

const totalOf = ({ long }: Walk, k: number): string => (long ? `settled_(total_${k})` : `total_${k}`);

function joined({ op, dtype }: Reduction, a: string, b: string): string {
  if (op === "sum") return `${a} + ${b}`;
  return dtype === "i32" ? `max(${a}, ${b})` : `larger_(${a}, ${b})`;
}

/** Pairwise, which is shorter and more exact than one after another. */
function combined(heavy: Reduction, values: readonly string[]): string {
  if (values.length === 1) return values[0];
  const half = values.length >> 1;
  const [a, b] = [combined(heavy, values.slice(0, half)), combined(heavy, values.slice(half))];
  return heavy.op === "sum" ? `(${joined(heavy, a, b)})` : joined(heavy, a, b);
}

/** Loops over the reduced axes around the input's expression; leaves the results in `total_<neighbour>`. */
function accumulate(
  context: LowerContext,
  heavy: Reduction,
  walk: Walk,
  range: (axis: number) => { readonly from: string; readonly by: number },
): void {
  const { builder } = context;
  const { domain, reduced, column, width } = walk;
  const keptAxes = [...domain.keys()].filter((axis) => !reduced[axis]);
  const kept = viewed(
    builder,
    atLinear(builder, [walk.outputs], "o"),
    keptAxes.map((axis) => domain[axis]),
  );
  const loops = [...domain.keys()].filter((axis) => reduced[axis]);
  const neighbours = column ? width : 1;
  const { op, dtype, inputs } = heavy;
  const start = walk.long ? " = vec3f()" : `: ${dtype} = ${op === "argmax" ? "0" : startOf(op, dtype)}`;
  for (let k = 0; k < neighbours; k++) builder.line(`var total_${k}${start};`);
  if (op === "argmax")
    for (let k = 0; k < neighbours; k++) builder.line(`var most_${k}: ${inputs[0].dtype} = ${startOf(op, inputs[0].dtype)};`);
  const innermost = loops[loops.length - 1];
  const element = (offset: number): Position => {
    const coordinate = (axis: number): string => {
      if (!reduced[axis]) return kept.coordinate(keptAxes.indexOf(axis));
      return axis === innermost && offset > 0 ? builder.value(`r${axis} + ${offset}`, () => `r${axis} + ${offset}u`) : `r${axis}`;
    };
    return atCoordinates(builder, domain, coordinate, `element${offset}`, "element");
  };
  const nest = (depth: number): void => {
    if (depth < loops.length) {
      const axis = loops[depth];
      const { from, by } = range(axis);
      const r = `r${axis}`;
      builder.block(`for (var ${r} = ${from}; ${r} < ${builder.word(domain[axis])}; ${r} += ${by}u) {`, [r], () => nest(depth + 1));
      return;
    }
    addStep(context, heavy, walk, element, innermost === undefined ? "0u" : `r${innermost}`);
  };
  nest(0);
}

const startOf = (op: Reduction["op"], dtype: string): string => (op === "sum" ? "0" : dtype === "i32" ? "-2147483648" : "-infinity_(0.0)");

/** What one step of the innermost loop adds to the totals. */
function addStep(
  { builder, isStored }: LowerContext,
  heavy: Reduction,
  { column, width, step, long }: Walk,
  element: (offset: number) => Position,
  r: string,
): void {
  const { op, inputs } = heavy;
  const emitter = { builder, isStored, given: new Map<Node, string>() };
  const value = (at: Position): string => emit(emitter, inputs[0], viewed(builder, at, inputs[0].shape));
  const offsets = Array.from({ length: column ? step : step / width }, (_, at) => (column ? at : at * width));
  const values = offsets.map((offset) => (width === 4 ? quadsOf(builder, element(offset)) : [element(offset)]).map(value));
  const totals = column ? values[0].map((_, k) => values.map((fours) => fours[k])) : [values.flat()];
  totals.forEach((list, k) => {
    const total = `total_${k}`;
    if (op !== "argmax") {
      const next = combined(heavy, list);
      builder.line(`${total} = ${long ? `plus_(${total}, ${next})` : joined(heavy, total, next)};`);
      return;
    }
    list.forEach((name, at) => {
      const first = at === 0 ? `(${r} == 0u) | ` : "";
      const ahead = inputs[0].dtype === "i32" ? "" : ` | (is_nan_(${name}) & !is_nan_(most_${k}))`;
      builder.line(`if (${first}(${name} > most_${k})${ahead}) { most_${k} = ${name}; ${total} = i32(${r}${at > 0 ? ` + ${at}u` : ""}); }`);
    });
  });
}
