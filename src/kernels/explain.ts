/** What the compiler decided, for people. */
import type { Kernel } from "./lower/kernel.ts";
import type { Prepared, Recomputation } from "./prepare.ts";

/** One line per kernel: what, variant, work, why it ends there; then lifetimes and bytes. */
export function explain({ spec, kernels, plan, memory, recomputation }: Prepared): string {
  const rows = kernels.map((kernel, i) => [
    String(i),
    kernel.label,
    kernel.variant,
    kernel.group.stores.map((store) => `[${store.value.shape.join(", ")}]`).join(" "),
    kernel.flops.toExponential(1),
    `${kernel.bindings.length}`,
    counted(kernel.group.reason),
  ]);
  const blocks = plan.blocks.map((block) => [
    `arena ${block.arena}`,
    String(block.offset),
    String(block.size),
    `${block.from}..${block.to}`,
    `${block.owner.op} ${block.owner.name}`,
  ]);
  const bytes = Object.entries(memory)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
  return [
    `program "${spec.name}": ${kernels.length} kernels, ${new Set(kernels.map((kernel) => kernel.code)).size} pipelines`,
    table([["#", "kernel", "variant", "writes", "flop", "bindings", "stored because"], ...rows]),
    `bytes: ${bytes}`,
    ...(recomputation ? [priceOf(recomputation, kernels)] : []),
    table([["arena", "offset", "bytes", "live", "value"], ...blocks]),
  ].join("\n");
}

/** What the budget saves, and what it costs. */
function priceOf({ kernels: again, flops, bytes, peakBefore }: Recomputation, kernels: readonly Kernel[]): string {
  const work = kernels.reduce((sum, kernel) => sum + (kernel.again ? 0 : kernel.flops), 0);
  const share = ((100 * flops) / Math.max(1, work)).toFixed(1);
  return `budget: peak ${peakBefore} without recomputation; ${again} kernels run again: ${flops.toExponential(1)} flop (+${share} %), ${bytes} bytes moved`;
}

/** "update; update; output" -> "update x2; output" */
function counted(reasons: string): string {
  const counts = new Map<string, number>();
  for (const reason of reasons.split("; ")) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => (count > 1 ? `${reason} x${count}` : reason)).join("; ");
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
