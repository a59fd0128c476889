/** What the compiler decided, for people: report.ts as text. */
import type { DeviceTraits } from "../../runtime/device.ts";
import { ProgramError } from "../common/errors.ts";
import { prepare, type Prepared, type ProgramSpec } from "./prepare.ts";
import { chosenKernels, type PlanReport, report } from "./report.ts";

export interface ExplainOptions {
  /** Also the WGSL of a kernel: its number, or a part of its name. */
  readonly wgsl?: string;
}

/** What `compile` would decide, without a device: its limits are enough. */
export const explainProgram = (device: DeviceTraits, spec: ProgramSpec, options: ExplainOptions = {}): string =>
  explain(prepare(spec, device), options);

/** One line per kernel: what, variant, what is inside, work, why it ends there; then bytes, choices and lifetimes. */
export function explain(prepared: Prepared, { wgsl }: ExplainOptions = {}): string {
  const plan = report(prepared);
  const { name, kernels, pipelines, memory, choices } = plan;
  const rows = kernels.map((kernel) => [
    ...[String(kernel.index), kernel.label, kernel.variant, kernel.writes.map((shape) => `[${shape.join(", ")}]`).join(" ")],
    ...[kernel.flops.toExponential(1), String(kernel.bytes), String(kernel.bindings)],
    ...[kernel.ops.join(" "), kernel.reasons.join("; ")],
  ]);
  const buffers = plan.buffers.map(({ arena, offset, bytes, from, to, value }) => [
    `arena ${arena}`,
    ...[String(offset), String(bytes), `${from}..${to}`, value],
  ]);
  const forms = choices.map(({ key, taken, forms }) => [key, taken, forms.filter((form) => form !== taken).join(", ")]);
  return [
    `program "${name}": ${kernels.length} kernels, ${pipelines} pipelines`,
    table([["#", "kernel", "variant", "writes", "flop", "bytes", "bindings", "computes", "stored because"], ...rows]),
    `bytes: ${Object.entries(memory)
      .map(([what, value]) => `${what} ${value}`)
      .join(", ")}`,
    ...(plan.recomputation ? [priceOf(plan)] : []),
    ...(forms.length > 0 ? [table([["choice", "taken", "or"], ...forms])] : []),
    table([["arena", "offset", "bytes", "live", "value"], ...buffers]),
    ...(wgsl === undefined ? [] : [wgslOf(prepared, wgsl)]),
  ].join("\n");
}

/** The text of the kernels that are asked for, each pipeline once. */
export function wgslOf({ spec, kernels }: Prepared, which: string): string {
  const chosen = chosenKernels(kernels, which);
  if (chosen.length === 0)
    throw new ProgramError(`program "${spec.name}" has no kernel "${which}": a number up to ${kernels.length - 1}, or a part of a name`);
  const texts = new Map<string, number[]>();
  for (const [index, { code }] of chosen) texts.set(code, [...(texts.get(code) ?? []), index]);
  return [...texts].map(([code, at]) => `// ${at.map((index) => `${index} ${kernels[index].label}`).join("; ")}\n${code}`).join("\n\n");
}

/** What the budget saves, and what it costs. */
function priceOf({ recomputation, kernels }: PlanReport): string {
  const { kernels: repeated, flops, bytes, peakBefore } = recomputation as NonNullable<PlanReport["recomputation"]>;
  const work = kernels.reduce((sum, kernel) => sum + (kernel.again ? 0 : kernel.flops), 0);
  const share = ((100 * flops) / Math.max(1, work)).toFixed(1);
  return `budget: peak ${peakBefore} without recomputation; ${repeated} kernels run again: ${flops.toExponential(1)} flop (+${share} %), ${bytes} bytes moved`;
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
