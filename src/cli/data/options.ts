/** A data set's options as options of its command. */

import { InvalidArgumentError, Option } from "commander";
import { type DataOption, type DataOptions, optionText } from "../../data/catalogue/index.ts";
import { numberIn } from "../shared/options.ts";

/** testPerClass -> test-per-class */
export const flagOf = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function optionOf(key: string, option: DataOption): Option {
  const text = `${optionText(option)} (default: ${Array.isArray(option.value) ? option.value.join(",") : String(option.value)})`;
  switch (option.kind) {
    case "number":
      return new Option(`--${flagOf(key)} <n>`, text).argParser(numberIn(option.interval));
    case "choice":
      return new Option(`--${flagOf(key)} <word>`, text).choices(option.choices);
    case "names":
      return new Option(`--${flagOf(key)} <names>`, `${text}; there are ${option.choices.join(", ")}`).argParser(namesOf(option.choices));
    default:
      return option satisfies never;
  }
}

const namesOf =
  (choices: readonly string[]) =>
  (text: string): string[] => {
    const names = text.split(",").map((name) => name.trim());
    const unknown = names.find((name) => !choices.includes(name));
    if (unknown !== undefined) throw new InvalidArgumentError(`There is no ${JSON.stringify(unknown)}; there are ${choices.join(", ")}.`);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined) throw new InvalidArgumentError(`It names ${twice} twice.`);
    return names;
  };

export const optionsOf = (options: DataOptions): Option[] => Object.entries(options).map(([key, option]) => optionOf(key, option));
