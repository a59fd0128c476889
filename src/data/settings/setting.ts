/** One setting of a config, declared once: what it may be, what it is for, its option on the command line, and what files from before it meant. */
import * as v from "valibot";

export interface SettingDetails<T> {
  /**
   * Its option. Default: its name, `judgeImages` as `--judge-images`. null: none. Settings with the same option are its numbers in their order, `20,50`.
   * `{ flag, means }`: an option without a value, which gives the setting this one.
   */
  readonly option?: string | null | { readonly flag: string; readonly means: T };
  /** What a file that lacks it means. Default: a file must have it. */
  readonly old?: T;
}

interface Declared<T> extends SettingDetails<T> {
  /** For help. */
  readonly what: string;
  readonly schema: v.GenericSchema<unknown, T>;
}

export interface NumberSetting extends Declared<number> {
  readonly kind: "number";
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

export interface ChoiceSetting<T extends string = string> extends Declared<T> {
  readonly kind: "choice";
  readonly names: readonly T[];
}

export type Setting = NumberSetting | ChoiceSetting;

/** A whole number from `low` to `high`. */
export const whole = (low: number, high: number, what = "", details: SettingDetails<number> = {}): NumberSetting =>
  number({ low, high, whole: true }, what, details);

/** A number from `low` to `high`. */
export const real = (low: number, high: number, what = "", details: SettingDetails<number> = {}): NumberSetting =>
  number({ low, high, whole: false }, what, details);

/** One of these names. */
export function oneOf<T extends string>(names: readonly T[], what = "", details: SettingDetails<T> = {}): ChoiceSetting<T> {
  const message = ({ input }: { readonly input: unknown }): string => `must be one of ${names.join(", ")}, got ${String(input)}`;
  return { kind: "choice", names, what, ...details, schema: v.picklist(names, message) as v.GenericSchema<unknown, T> };
}

type Interval = Pick<NumberSetting, "low" | "high" | "whole">;

function number({ low, high, whole: integer }: Interval, what: string, details: SettingDetails<number>): NumberSetting {
  const message = ({ input }: { readonly input: unknown }): string =>
    `must be a ${integer ? "whole number" : "number"} from ${low} to ${high}, got ${String(input)}`;
  const inside = v.pipe(
    v.number(({ input }) => `must be a number, got ${String(input)}`),
    v.minValue(low, message),
    v.maxValue(high, message),
  );
  const schema = integer ? v.pipe(inside, v.integer(message)) : inside;
  return { kind: "number", low, high, whole: integer, what, ...details, schema: schema as v.GenericSchema<unknown, number> };
}

/** Why a value does not do, or null. */
export function settingProblem({ schema }: Setting, value: unknown): string | null {
  const { issues } = v.safeParse(schema, value);
  return issues ? issues[0].message : null;
}
