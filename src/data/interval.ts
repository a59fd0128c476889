/** The numbers that a setting may have: one declaration for files, command lines, help and messages. */

export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
  /** What the setting is, for help. */
  readonly what: string;
}

export const whole = (low: number, high: number, what = ""): Interval => ({ low, high, whole: true, what });
export const real = (low: number, high: number, what = ""): Interval => ({ low, high, whole: false, what });

/** Why a number does not do, or null. */
export function intervalProblem(value: number, { low, high, whole: integer }: Interval): string | null {
  if (Number.isFinite(value) && value >= low && value <= high && (!integer || Number.isInteger(value))) return null;
  return `must be a ${integer ? "whole number" : "number"} from ${low} to ${high}, got ${value}`;
}
