/** `intarsia localize score`. */
import { Command, Option } from "commander";
import { real, whole } from "../../data/settings/index.ts";
import { numberIn, jsonOption } from "../shared/options.ts";
import { localizeScore, RULES } from "./score.ts";

function scoreCommand(): Command {
  return new Command("score")
    .description("judge maps of any method against boxes or masks, as clovaai/wsolevaluation does")
    .requiredOption("--maps <dir>", "maps as <image_id>.npy, f32 or f64 of size x size in [0, 1]")
    .requiredOption("--metadata <dir>", "image_ids.txt, class_labels.txt, image_sizes.txt and localization.txt")
    .option("--masks <dir>", "the mask files that localization.txt names")
    .addOption(new Option("--step <share>", "between two thresholds").default(0.01).argParser(numberIn(real(1e-4, 0.5))))
    .addOption(new Option("--size <pixels>", "side of the maps").default(224).argParser(numberIn(whole(1, 4096))))
    .option("--predictions <file>", "CSV of image_id,c1,...,c5 by a classifier, best first: then Top-1 and Top-5 Loc are judged, too")
    .addOption(
      new Option("--rule <name>", "published: Choe et al.; author: the code of MinMaxCAM, at the pictures' own size")
        .choices(RULES)
        .default("published"),
    )
    .addOption(jsonOption())
    .action(localizeScore);
}

export function localizeCommand(): Command {
  return new Command("localize")
    .description("where is the object, learnt from labels alone (thesis, Chapter 5)")
    .addCommand(scoreCommand());
}
