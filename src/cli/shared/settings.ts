/** The settings of a config as options of a command. */
import { Option } from "commander";
import type { ConfigOf, NumberSetting, Setting, Settings, SettingsSchema } from "../../data/settings/index.ts";
import { numberIn, numbersIn } from "./options.ts";

type Table = Readonly<Record<string, Setting>>;

interface Shown {
  readonly flag: string;
  /** Setting by setting, in the order of their declaration. */
  readonly parts: readonly (readonly [name: string, setting: Setting])[];
}

/** An option for each setting that has one, in the order of their declaration; of those in `names` alone, if it is given. */
export function settingOptions<S extends Table>({ settings }: SettingsSchema<S>, names?: readonly (keyof S & string)[]): Option[] {
  return shownOf(settings)
    .filter(({ parts }) => names === undefined || parts.some(([name]) => names.includes(name)))
    .map(optionOf);
}

/** What was said on the command line, by setting. `options`: as commander gives them to an action. */
export function saidSettings<S extends Table>({ settings }: SettingsSchema<S>, options: Settings): Partial<ConfigOf<S>> {
  const said = shownOf(settings).flatMap(({ flag, parts }) => {
    const value = options[new Option(flag).attributeName()];
    if (value === undefined) return [];
    return parts.map(([name, { option }], i) => [name, meant(option, parts.length > 1 ? (value as readonly unknown[])[i] : value)]);
  });
  return Object.fromEntries(said) as Partial<ConfigOf<S>>;
}

const meant = (option: Setting["option"], value: unknown): unknown =>
  typeof option === "object" && option !== null ? option.means : value;

function shownOf(settings: Table): Shown[] {
  const byFlag = new Map<string, [string, Setting][]>();
  for (const [name, setting] of Object.entries(settings)) {
    const flag = flagOf(name, setting);
    if (flag !== null) byFlag.set(flag, [...(byFlag.get(flag) ?? []), [name, setting]]);
  }
  return [...byFlag].map(([flag, parts]) => ({ flag, parts }));
}

function flagOf(name: string, { option }: Setting): string | null {
  if (option === undefined) return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return typeof option === "object" && option !== null ? option.flag : option;
}

function optionOf({ flag, parts }: Shown): Option {
  const what = parts
    .map(([, setting]) => setting.what)
    .filter(Boolean)
    .join("; ");
  const numbers = parts.map(([, setting]) => setting).filter((setting) => setting.kind === "number");
  if (numbers.length > 1) {
    const letters = numbers.map((_, i) => String.fromCharCode(97 + i)).join(",");
    return new Option(`${flag} <${letters}>`, what).argParser(numbersIn(numbers));
  }
  const [[, setting]] = parts;
  if (typeof setting.option === "object" && setting.option !== null) return new Option(flag, what);
  if (setting.kind === "choice") return new Option(`${flag} <name>`, what).choices(setting.names);
  return new Option(`${flag} <n>`, `${what} (${rangeOf(setting)})`).argParser(numberIn(setting));
}

const rangeOf = ({ low, high }: NumberSetting): string => `${low} to ${high}`;
