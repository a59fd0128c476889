/** `intarsia mil predict`: pictures of digits as one set; the set's verdict, and each picture's part in it. */

import * as path from "node:path";
import { listImages, type NamedPicture, readImage } from "../../data/node/index.ts";
import { toDigit } from "../../data/pictures/digit.ts";
import { probabilityOf } from "../../metrics/classification.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import { BAGS_FILE } from "../../studies/mil/files.ts";
import { explainBag } from "../../studies/mil/prefix.ts";
import { describeVerdict } from "../../studies/mil/report/strip.ts";
import { openTrained } from "../../studies/mil/session.ts";
import { decide, type Task, TASKS, verdictOf } from "../../studies/mil/tasks.ts";
import { withDevice } from "../shared/device.ts";
import { directoryFiles } from "../../training/node.ts";
import { checkRecord, checkWritable, writeRecord } from "../shared/output.ts";
import { textTable } from "../shared/text-table.ts";
import { trainedConfig } from "./run.ts";

export interface MilPredictOptions {
  readonly json?: string;
  readonly adapter?: AdapterKind;
}

/** How much the set's number changes when a picture is left out: in points of probability, or of the count. */
function changeOf(task: Task, score: number, without: number | null): number | null {
  if (without === null) return null;
  return task.kind === "classify" ? probabilityOf(without) - probabilityOf(score) : without - score;
}

function describeChange(task: Task, change: number | null): string {
  if (change === null) return "-";
  const value = task.kind === "classify" ? `${(100 * change).toFixed(1)} points` : change.toFixed(2);
  return change >= 0 ? `+${value}` : value;
}

export async function milPredict(run: string, paths: readonly string[], options: MilPredictOptions): Promise<void> {
  if (options.json) checkWritable(options.json);
  const config = await trainedConfig(run);
  const pictures: NamedPicture[] = [];
  for (const file of listImages(paths)) pictures.push(await readImage(file, { shrink: true }));
  checkRecord(options.json, run, { inputs: pictures.map((picture) => picture.path), more: [BAGS_FILE] });
  const digits = pictures.map(toDigit);
  const task = TASKS[config.task];
  await withDevice(options.adapter, async (device) => {
    const session = await openTrained(device, config, directoryFiles(run));
    const bag = digits.map((_, i) => i);
    const { score, prefixes, instances } = await explainBag(session, bag, (i) => digits[i].pixels);
    const rows = instances.map(({ alone, without }, i) => ({
      file: pictures[i].path,
      blank: digits[i].blank,
      steps: digits[i].steps,
      alone: { verdict: verdictOf(task, decide(task, alone)), score: alone },
      change: changeOf(task, score, without),
      scoreSoFar: prefixes[i],
    }));
    console.log(`${task.question} ${describeVerdict(task, score)}, from ${rows.length} ${rows.length === 1 ? "picture" : "pictures"}`);
    const cells = rows.map(({ file, blank, alone, change }) => [
      path.basename(file),
      blank ? "no ink found" : describeVerdict(task, alone.score),
      describeChange(task, change),
    ]);
    console.log(textTable([["picture", "alone", "the set without it"], ...cells], []));
    writeRecord(options.json, { task: task.name, verdict: verdictOf(task, decide(task, score)), score, instances: rows });
  });
}
