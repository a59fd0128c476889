/** Numbers as text, and the finite ones among numbers. */
import { format as d3Format, precisionFixed, precisionRound } from "d3-format";
import type { NumberFormat } from "./types.ts";

export const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

/** Ends of what can be drawn: the span of an axis must be a number, too. */
const [SMALL, LARGE] = [1e-200, 1e200];

/** A finite number, moved to where its distance from any other can be computed. */
export function tame(value: number): number {
  if (Math.abs(value) < SMALL) return 0;
  return Math.max(-LARGE, Math.min(LARGE, value));
}

const short = (text: string): string => text.replace("e+", "e").replace("e-", "e−");

/** A number alone, by a format, or with about four digits. */
export function numberText(value: number, format?: NumberFormat): string {
  if (typeof format === "function") return format(value);
  if (!Number.isFinite(value)) return String(value).replace("-", "−");
  if (format !== undefined) return short(d3Format(format)(value));
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return String(value).replace("-", "−");
  if (size >= 1e6 || size < 1e-4) return short(d3Format(".3~e")(value));
  return d3Format(size >= 1000 ? ".1~f" : ".4~r")(value);
}

/** Neighbours on an axis, with as many digits as tell them apart. */
export function tickTexts(ticks: readonly number[], format?: NumberFormat): string[] {
  if (format !== undefined || ticks.length < 2) return ticks.map((tick) => numberText(tick, format));
  const step = Math.abs(ticks[1] - ticks[0]);
  const largest = Math.max(...ticks.map(Math.abs));
  const plain = largest === 0 || (largest < 1e6 && step >= 1e-4);
  // No number where the step is as large as the numbers.
  const digits = (plain ? precisionFixed(step) : precisionRound(step, largest) - 1) || 0;
  const write = d3Format(plain ? `.${Math.min(20, digits)}f` : `.${Math.max(0, Math.min(16, digits))}~e`);
  return ticks.map((tick) => (tick === 0 ? "0" : short(write(tick))));
}
