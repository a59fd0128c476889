import { OPS } from "../../graph/index.ts";
import { type Node, sizeOf } from "../../graph/node.ts";
import { emitStores, finishKernel, type Kernel, type LowerContext } from "./kernel.ts";

const THREADS = 64;

/** One thread per element, for all stores of the group. */
export function lowerElementwise(context: LowerContext): Kernel {
  const { builder, group } = context;
  const size = sizeOf(group.stores[0].value.shape);
  const { lines } = builder.body(() => emitStores(context, "i"));
  const code = `@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
let i = (group.y * groups.x + group.x) * ${THREADS}u + lane;
if (i >= ${builder.word(size)}) { return; }
${lines.join("\n")}
}`;
  return finishKernel(context, {
    code,
    workgroups: Math.ceil(size / THREADS),
    variant: `1x${THREADS}`,
    flops:
      size *
      countOps(
        group.stores.map((store) => store.value),
        context.isStored,
      ),
  });
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
