/** `intarsia mil eval`: a trained model on bags of test images. */

import { UserError } from "../../data/errors.ts";
import { loadDigits, readFileBounded } from "../../data/node/index.ts";
import { createRandom } from "../../data/random.ts";
import { describeError, errorRate, majorityBaseline, percent } from "../../metrics/classification.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import type { MilConfig } from "../../studies/mil/config.ts";
import { BAGS_FILE, readBags } from "../../studies/mil/files.ts";
import { judgeBags } from "../../studies/mil/judge.ts";
import { parseBagManifest } from "../../studies/mil/manifest.ts";
import { pixelsOf } from "../../studies/mil/recipe.ts";
import { type Session, openTrained } from "../../studies/mil/session.ts";
import { drawSplit, labelsOf, type MilData, type Split } from "../../studies/mil/splits.ts";
import { decide, TASKS } from "../../studies/mil/tasks.ts";
import { withDevice } from "../shared/device.ts";
import { directoryFiles } from "../../training/node.ts";
import { checkRecord, writeRecord } from "../shared/output.ts";
import { trainedConfig } from "./run.ts";

export interface MilEvalOptions {
  readonly bags?: number;
  readonly seed?: number;
  readonly orders?: number;
  readonly manifest?: string;
  readonly json?: string;
  readonly data?: string;
  readonly adapter?: AdapterKind;
}

/** 64 MiB hold a manifest of about a million bags. */
const MAX_MANIFEST = 2 ** 26;

/** The bags to judge: newly drawn ones, or those of a manifest. */
function bagsOf({ bags, seed, manifest }: MilEvalOptions, config: MilConfig, data: MilData): Split {
  if (!manifest) return drawSplit(TASKS[config.task], data, "test", { count: bags ?? config.testBags, seed: seed ?? config.seed });
  const text = new TextDecoder().decode(readFileBounded(manifest, MAX_MANIFEST));
  const { task, splits } = parseBagManifest(text, manifest);
  if (task !== config.task) throw new UserError(`${manifest}: bags of the task ${task}; the model was trained for ${config.task}`);
  const { test } = splits;
  const count = data[test.file].labels.length;
  if (test.to > count) throw new UserError(`${manifest}: its test images go up to ${test.to - 1}; the data have ${count}`);
  return { ...test, bags: test.bags.slice(0, bags) };
}

/** Error rates over random orders of every bag's instances (thesis, section 7.4.2). */
async function overOrders(session: Session, split: Split, data: MilData, orders: number): Promise<number[]> {
  const task = TASKS[session.config.task];
  const labels = labelsOf(split.bags);
  const rates: number[] = [];
  for (let i = 0; i < orders; i++) {
    const shuffled = split.bags.map((bag, b) => createRandom(i, "orders", b).shuffle([...bag.images]));
    const scores = await judgeBags(session, shuffled, pixelsOf(data[split.file]));
    rates.push(
      errorRate(
        scores.map((score) => decide(task, score)),
        labels,
      ).rate,
    );
  }
  return rates;
}

const spread = (rates: readonly number[]): { mean: number; deviation: number } => {
  const mean = rates.reduce((sum, x) => sum + x, 0) / rates.length;
  const variance = rates.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, rates.length - 1);
  return { mean, deviation: Math.sqrt(variance) };
};

export async function milEval(run: string, options: MilEvalOptions): Promise<void> {
  checkRecord(options.json, run, { data: options.data, inputs: options.manifest ? [options.manifest] : [], more: [BAGS_FILE] });
  const config = await trainedConfig(run);
  const data = loadDigits(options.data);
  const split = bagsOf(options, config, data);
  const { splits: learnt } = await readBags(directoryFiles(run));
  const task = TASKS[config.task];
  await withDevice(options.adapter, async (device) => {
    const session = await openTrained(device, config, directoryFiles(run));
    const labels = labelsOf(split.bags);
    const images = split.bags.map((bag) => bag.images);
    const scores = await judgeBags(session, images, pixelsOf(data[split.file]));
    const error = errorRate(
      scores.map((score) => decide(task, score)),
      labels,
    );
    const majority = majorityBaseline(labelsOf(learnt.train.bags), labels).error;
    console.log(`Test error ${describeError(error, "bags")}; always the commonest answer: ${percent(majority.rate)}`);
    const rates = options.orders ? await overOrders(session, split, data, options.orders) : null;
    const orders = rates && { count: rates.length, ...spread(rates) };
    if (orders) console.log(`Over ${orders.count} random orders of each set: ${percent(orders.mean, 2)} ± ${percent(orders.deviation, 2)}`);
    const { rate: testError, low, high, count } = error;
    writeRecord(options.json, {
      ...{ task: config.task, method: config.method, adapter: device.description, testError },
      ...{ interval: [low, high], majorityError: majority.rate, bags: count, orders },
    });
  });
}
