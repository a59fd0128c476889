/** A run's config as plain settings: checking one, and comparing two. */
import { UserError } from "../data/errors.ts";
import { type Interval, intervalProblem } from "../data/interval.ts";

export type Settings = Readonly<Record<string, unknown>>;

/** What the settings of a config may be, by name. */
export interface ConfigRules {
  readonly names: Readonly<Record<string, readonly string[]>>;
  readonly numbers: Readonly<Record<string, Interval>>;
}

/** Settings from a file or a caller. An unknown name, a missing setting, a number out of its interval: UserError that begins with `where`. */
export function checkSettings(settings: Settings, { names, numbers }: ConfigRules, where: string): void {
  for (const [key, known] of Object.entries(names)) {
    const value = settings[key];
    if (!known.some((name) => name === value))
      throw new UserError(`${where}: ${key} must be one of ${known.join(", ")}, got ${String(value)}`);
  }
  for (const [key, interval] of Object.entries(numbers)) {
    const value = settings[key];
    const problem = typeof value === "number" ? intervalProblem(value, interval) : `must be a number, got ${String(value)}`;
    if (problem) throw new UserError(`${where}: ${key} ${problem}`);
  }
}

/** `epochs 8 (not 6)` for each setting in which `saved` differs from `wanted`. */
export function configDifferences(saved: object, wanted: object): string[] {
  const [a, b] = [saved as Settings, wanted as Settings];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.filter((key) => a[key] !== b[key]).map((key) => `${key} ${String(a[key])} (not ${String(b[key])})`);
}
