/** The values of options on the command line: parsed, checked against their range, with one clear line for a bad one. */

import { InvalidArgumentError, Option } from "commander";
import { type NumberSetting, settingProblem } from "../../data/settings/index.ts";
import { ADAPTER_KINDS } from "../../runtime/node.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Parses a number in its range. */
export const numberIn =
  (setting: NumberSetting) =>
  (text: string): number => {
    const value = NUMBER.test(text) ? Number(text) : Number.NaN;
    const problem = Number.isNaN(value) ? `must be a ${setting.whole ? "whole number" : "number"}` : settingProblem(setting, value);
    if (problem) throw new InvalidArgumentError(`It ${problem}.`);
    return value;
  };

/** Parses numbers, `20,50`, each in its range. */
export const numbersIn =
  (settings: readonly NumberSetting[]) =>
  (text: string): number[] => {
    const parts = text.split(",");
    if (parts.length !== settings.length) {
      const count = ["no", "one", "two", "three"][settings.length] ?? settings.length;
      throw new InvalidArgumentError(`It must be ${count} numbers, such as ${settings.map(({ low }) => low).join(",")}.`);
    }
    return parts.map((part, i) => numberIn(settings[i])(part));
  };

export const adapterOption = (): Option => new Option("--adapter <kind>", "use only this kind of WebGPU adapter").choices(ADAPTER_KINDS);
export const jsonOption = (): Option => new Option("--json <file>", "also write the result there, as JSON");
