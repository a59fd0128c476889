/** The options of a data set: one declaration for the command line, its help, and checked specs. */

import { quote, UserError } from "../errors.ts";
import { type NumberSetting, settingProblem } from "../settings/index.ts";
import { naturalOrder } from "../text/natural.ts";

export type DataOption = NumberOption | ChoiceOption<string> | NamesOption;
export type DataOptions = Readonly<Record<string, DataOption>>;

interface NumberOption {
  readonly kind: "number";
  /** Says what the option is. */
  readonly interval: NumberSetting;
  readonly value: number;
}

interface ChoiceOption<T extends string> {
  readonly kind: "choice";
  readonly what: string;
  readonly choices: readonly T[];
  readonly value: T;
}

/** Several names, each at most once. */
interface NamesOption {
  readonly kind: "names";
  readonly what: string;
  readonly choices: readonly string[];
  readonly value: readonly string[];
}

/** The values of a data set's options, by their names. */
export type SpecOf<O extends DataOptions> = { readonly [K in keyof O]: O[K]["value"] };
export type Spec = SpecOf<DataOptions>;

/** A number; `value` is the default. */
export const numberOption = (interval: NumberSetting, value: number): NumberOption => ({ kind: "number", interval, value });
/** One of several words; the first is the default. */
export const choiceOption = <const T extends string>(choices: readonly [T, ...T[]], what: string): ChoiceOption<T> => ({
  kind: "choice",
  what,
  choices,
  value: choices[0],
});
/** Some of several names; `value` are the default. */
export const namesOption = (choices: readonly string[], value: readonly string[], what: string): NamesOption => ({
  kind: "names",
  what,
  choices,
  value,
});

/** What an option is, in words. */
export const optionText = (option: DataOption): string => (option.kind === "number" ? option.interval.what : option.what);

/** Why a value does not do, or null. */
function optionProblem(option: DataOption, value: unknown): string | null {
  switch (option.kind) {
    case "number":
      return settingProblem(option.interval, value);
    case "choice":
      return option.choices.includes(value as string) ? null : `must be one of ${option.choices.join(", ")}, got ${quote(String(value))}`;
    case "names":
      return namesProblem(value, option.choices);
    default:
      return option satisfies never;
  }
}

function namesProblem(value: unknown, choices: readonly string[]): string | null {
  if (!Array.isArray(value) || value.length === 0) return "must name at least one";
  const names: readonly unknown[] = value;
  const unknown = names.find((name) => !choices.includes(name as string));
  if (unknown !== undefined) return `has no ${quote(String(unknown))}; there are ${choices.join(", ")}`;
  const twice = names.find((name, i) => names.indexOf(name) < i);
  return twice === undefined ? null : `names ${String(twice)} twice`;
}

/** The spec with defaults for what is not said, and names in natural order. An unknown option or a bad value: UserError. */
export function completeSpec<O extends DataOptions>(name: string, options: O, said: Readonly<Record<string, unknown>> = {}): SpecOf<O> {
  const unknown = Object.keys(said).find((key) => !(key in options));
  if (unknown !== undefined)
    throw new UserError(`${name}: no option ${quote(unknown)}; there are ${Object.keys(options).join(", ") || "none"}`);
  const values = Object.entries(options).map(([key, option]) => {
    const value = said[key] ?? option.value;
    const problem = optionProblem(option, value);
    if (problem) throw new UserError(`${name}: ${key} ${problem}`);
    return [key, Array.isArray(value) ? [...value].sort(naturalOrder) : value];
  });
  return Object.fromEntries(values) as SpecOf<O>;
}
