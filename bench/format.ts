/** Numbers for people. */
import type { Measured, PeerResult } from "./report.ts";

/** Three digits: 0.0123, 1.23, 12.3, 123, 1234. */
export const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** Milliseconds. */
export function time(ms: number): string {
  if (ms >= 10_000) return `${short(ms / 1000)} s`;
  if (ms >= 0.1) return `${short(ms)} ms`;
  return ms >= 1e-3 ? `${short(1e3 * ms)} µs` : `${short(1e6 * ms)} ns`;
}

export const mebibytes = (bytes: number): string => `${short(bytes / 2 ** 20)} MiB`;

export const times = (ratio: number | null, bound = false): string => (ratio === null ? "–" : `${bound ? ">" : ""}${ratio.toFixed(2)}×`);

export const isMeasured = (result: PeerResult): result is Measured => "bytes" in result;

/** A Markdown table; every column but the first is of numbers. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** One key of what a peer did, or why there is none. */
export function cell(result: PeerResult | undefined, value: (measured: Measured) => string): string {
  if (!result) return "not measured";
  if (isMeasured(result)) return value(result);
  if ("cannot" in result) return "cannot";
  if ("differs" in result) return "differs";
  return result.timedOut === "calls" ? `> ${time(result.atLeastMs)}` : `first > ${time(result.atLeastMs)}`;
}
