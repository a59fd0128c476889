/** All settings of a config, from which come its type, its check, its options, and what tells two configs apart. */
import * as v from "valibot";
import { UserError } from "../errors.ts";
import type { ChoiceSetting, Setting } from "./setting.ts";

/** A config whose settings nobody knows yet. */
export type Settings = Readonly<Record<string, unknown>>;

type SettingTable = Readonly<Record<string, Setting>>;

/** The config that a schema describes: by name, numbers and names. */
export type ConfigOf<S extends SettingTable> = {
  readonly [K in keyof S]: S[K] extends ChoiceSetting<infer T> ? T : number;
};

export interface SettingsSchema<S extends SettingTable = SettingTable> {
  readonly settings: S;
  /**
   * A config as it may come from a file or a caller, with what older files lack; its settings in the order of their declaration. An unknown
   * or missing setting, an unknown name, a number out of its range: UserError that begins with `where`.
   */
  check(config: Settings, where: string): ConfigOf<S>;
  /** What tells a config from others: all settings but those at the value that files from before them mean. So a new setting changes no old identity. */
  identity(config: ConfigOf<S>): Settings;
}

/** Declares the settings of a config, by name. */
export function defineSettings<const S extends SettingTable>(settings: S): SettingsSchema<S> {
  const entries = Object.entries(settings).map(([name, { schema, old }]) => [name, old === undefined ? schema : v.optional(schema, old)]);
  const schema = v.strictObject(Object.fromEntries(entries) as Record<string, v.GenericSchema<unknown, string | number>>);
  return {
    settings,
    check(config, where) {
      const { issues, output } = v.safeParse(schema, config);
      if (issues) throw new UserError(`${where}: ${problemOf(issues[0])}`);
      return output as ConfigOf<S>;
    },
    identity: (config) => Object.fromEntries(Object.entries<unknown>(config).filter(([name, value]) => value !== settings[name]?.old)),
  };
}

function problemOf({ type, path, message, expected }: v.BaseIssue<unknown>): string {
  const name = String(path?.[0].key);
  if (type !== "strict_object") return `${name} ${message}`;
  return expected === "never" ? `unknown setting ${name}` : `${name} is missing`;
}

/** `epochs 8 (not 6)` for each setting in which `saved` differs from `wanted`. */
export function configDifferences(saved: object, wanted: object): string[] {
  const [a, b] = [saved as Settings, wanted as Settings];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.filter((key) => a[key] !== b[key]).map((key) => `${key} ${String(a[key])} (not ${String(b[key])})`);
}
