/** sum, reduceMax and argmax: with the input computed on the fly, and for sum and reduceMax an epilogue. */
import { type Node, type NodeOf, sizeOf } from "../../graph/node.ts";
import { emit } from "../emit.ts";
import { atCoordinates, atLinear } from "../position.ts";
import { countOps } from "./elementwise.ts";
import { finishFunction, finishKernel, type Kernel, type LowerContext } from "./kernel.ts";

const LOWEST = "-3.4028234e38";

/**
 * Few outputs: one workgroup each, its threads share out the longest reduced axis and meet in workgroup memory.
 * Many outputs: one thread each.
 */
export function lowerReduce(context: LowerContext): Kernel {
  const { builder, group, target } = context;
  const heavy = group.heavy as NodeOf<"sum"> | NodeOf<"reduceMax"> | NodeOf<"argmax">;
  const [x] = heavy.inputs;
  const axes = heavy.op === "argmax" ? [heavy.attrs.axis] : heavy.attrs.axes.filter((axis) => x.shape[axis] > 1);
  const outputs = sizeOf(heavy.shape);
  const reduced = sizeOf(x.shape) / outputs;
  const together = heavy.op !== "argmax" && outputs < 512 && reduced >= 256;
  const threads = Math.min(64, target.maxInvocations);
  const shared = together ? longest(axes, x) : -1;
  const { lines } = builder.body(() => accumulate(context, heavy, axes, shared, threads));
  const finish = finishFunction(context);
  const type = heavy.dtype;
  const index = "let flat = group.y * groups.x + group.x;";
  const head = `@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
${index}`;
  const step = heavy.op === "reduceMax" ? `max(partials[lane], partials[lane + half])` : `partials[lane] + partials[lane + half]`;
  const code = together
    ? `var<workgroup> partials: array<${type}, ${threads}>;
${finish}
${head}
let o = min(flat, ${builder.word(outputs - 1)});
${lines.join("\n")}
partials[lane] = total;
for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
workgroupBarrier();
if (lane < half) { partials[lane] = ${step}; }
}
if (lane == 0u && flat == o) { finish(o, partials[0]); }
}`
    : `${finish}
${head}
let o = flat * ${threads}u + lane;
if (o >= ${builder.word(outputs)}) { return; }
${lines.join("\n")}
finish(o, total);
}`;
  const flops = sizeOf(x.shape) * (1 + countOps([x], context.isStored));
  return finishKernel(context, {
    code,
    workgroups: together ? outputs : Math.ceil(outputs / threads),
    variant: together ? `workgroup${threads}` : "thread",
    flops,
  });
}

const longest = (axes: readonly number[], x: Node): number =>
  axes.reduce((best, axis) => (x.shape[axis] > x.shape[best] ? axis : best), axes[0]);

/** Loops over the reduced axes around the input's expression; leaves the result in `total`. */
function accumulate(
  context: LowerContext,
  heavy: NodeOf<"sum"> | NodeOf<"reduceMax"> | NodeOf<"argmax">,
  axes: readonly number[],
  shared: number,
  threads: number,
): void {
  const { builder } = context;
  const [x] = heavy.inputs;
  const output = atLinear(builder, heavy.shape, "o");
  const kept = [...x.shape.keys()].filter((axis) => !(heavy.op === "argmax" ? [heavy.attrs.axis] : heavy.attrs.axes).includes(axis));
  const coordinates = x.shape.map((_, axis) =>
    axes.includes(axis) ? `r${axis}` : kept.includes(axis) ? output.coordinate(kept.indexOf(axis)) : "0u",
  );
  const isArgmax = heavy.op === "argmax";
  const zero = heavy.op === "sum" ? "0" : x.dtype === "i32" ? "-2147483647" : LOWEST;
  builder.line(`var total: ${heavy.dtype} = ${isArgmax ? "0" : zero};`);
  if (isArgmax) builder.line(`var most: ${x.dtype} = ${zero};`);
  const nest = (depth: number): void => {
    if (depth < axes.length) {
      const axis = axes[depth];
      const [from, by] = axis === shared ? ["lane", `${threads}u`] : ["0u", "1u"];
      builder.block(`for (var r${axis} = ${from}; r${axis} < ${builder.word(x.shape[axis])}; r${axis} += ${by}) {`, () => nest(depth + 1));
      return;
    }
    const value = emit(
      { builder, isStored: context.isStored, given: new Map() },
      x,
      atCoordinates(builder, x.shape, coordinates, "element", "element"),
    );
    if (isArgmax) builder.line(`if (r${axes[0]} == 0u || ${value} > most) { most = ${value}; total = i32(r${axes[0]}); }`);
    else builder.line(heavy.op === "sum" ? `total += ${value};` : `total = max(total, ${value});`);
  };
  nest(0);
}
