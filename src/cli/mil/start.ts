/** `npm start`: the quick run on the single-digit task, for a newcomer. */

import * as path from "node:path";
import { Command } from "commander";
import { loadDigits } from "../../data/node/index.ts";
import { probabilityOf } from "../../metrics/classification.ts";
import { type MilConfig, presetConfig } from "../../studies/mil/config.ts";
import { BAGS_FILE, readBags } from "../../studies/mil/files.ts";
import { describeVerdict } from "../../studies/mil/report/strip.ts";
import type { MilOutcome } from "../../studies/mil/run.ts";
import { TASKS, verdictOf } from "../../studies/mil/tasks.ts";
import { textDigits } from "../drawing/text-picture.ts";
import { adapterOption, jsonOption } from "../shared/options.ts";
import { directoryFiles } from "../../training/node.ts";
import { checkOutput, checkRecord, checkWritable, freeDirectory } from "../shared/output.ts";
import { dataOption, presetOption, seedOptions } from "./command.ts";
import { conclude, freshConfig, type MilTrainOptions, trainIn } from "./train.ts";

/** Sets to show in the terminal. */
const SHOWN = 3;

/** Test sets as text: the digits, the probability of a 9 after each, and the verdict. */
async function showSets(directory: string, { shown }: MilOutcome, data: string | undefined): Promise<string> {
  const { test } = loadDigits(data);
  const task = TASKS["single-digit"];
  const { splits } = await readBags(directoryFiles(directory));
  const width = Math.min(process.stdout.columns ?? 80, 120);
  const sets = shown.slice(0, SHOWN).map(({ label, scores }, i) => {
    const digits = splits.test.bags[i].images.map((image) => test.images.subarray(784 * image, 784 * (image + 1)));
    const captions = scores.map((score) => `${Math.round(100 * probabilityOf(score))} %`);
    const verdict = describeVerdict(task, scores[scores.length - 1]);
    return `${textDigits(digits, { width, captions })}\n  verdict: ${verdict}; truth: ${verdictOf(task, label)}\n`;
  });
  return `\nThe first ${SHOWN} test sets; below each digit, how sure the model is of a 9 once it has seen it:\n\n${sets.join("\n")}`;
}

async function start(options: MilTrainOptions): Promise<void> {
  if (options.out) checkOutput(options.out, options);
  const directory = options.out ?? freeDirectory(path.join("runs", "quick"));
  checkWritable(path.join(directory, BAGS_FILE));
  checkRecord(options.json, directory, { data: options.data, more: [BAGS_FILE] });
  const { preset = "quick" } = options;
  const config = freshConfig({ ...options, preset });
  if (preset !== "thesis")
    console.log(
      `A narrow model, so that it ends in minutes without a GPU (the thesis: ${widths(presetConfig("thesis", "single-digit", "lstm"))}).`,
    );
  const outcome = await trainIn(directory, config, options);
  console.log(await showSets(directory, outcome, options.data));
  conclude(outcome.result, options.json);
}

const widths = ({ channels1, channels2, features, hidden }: MilConfig): string =>
  `convolutions ${channels1} and ${channels2}, features ${features}, LSTM ${hidden}`;

export function startCommand(): Command {
  const command = new Command("start")
    .description("learn, in a few minutes on any machine, to tell which sets of digits hold a 9")
    .addOption(presetOption());
  for (const option of seedOptions()) command.addOption(option);
  return command
    .option("--out <dir>", "where the run goes (default: runs/quick, a new one each time)")
    .option("--force", "overwrite the run in --out")
    .addOption(jsonOption())
    .addOption(dataOption())
    .addOption(adapterOption())
    .action(start);
}
