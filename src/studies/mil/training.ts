/** A MIL run as the training loop sees it: the steps of an epoch, its metrics, validation, and keeping the best weights. */

import { createRandom } from "../../data/random.ts";
import { schedules } from "../../models/index.ts";
import type { Host } from "../../training/host.ts";
import { readMetrics } from "../../training/metrics-log.ts";
import { saveModel } from "../../training/run-files.ts";
import type { EpochPlan, Metrics, Step, TrainingSpec } from "../../training/types.ts";
import { capacities, feedsOf, packBatches, pixelsOf, type Turn } from "./batches.ts";
import type { MilConfig } from "./config.ts";
import { judgeBags, judgeLoss } from "./judge.ts";
import { lengthMultiple, type Session } from "./session.ts";
import type { MilData, Splits } from "./splits.ts";
import type { StepPart } from "../../training/tasks/index.ts";
import { TASKS } from "./tasks.ts";

interface Parts {
  readonly host: Host;
  readonly session: Session;
  readonly splits: Splits;
  readonly data: MilData;
}

/** Every epoch has an order of bags, and every bag an order of instances, of its own; both follow from the seed. */
export const epochTurn =
  (seed: number, epoch: number): Turn =>
  (bag, length) =>
    createRandom(seed, "instances", epoch, bag).permutation(length);

/** The learning rate of each step. */
export function learningRateOf({ schedule, learningRate: lr }: MilConfig, steps: number): (step: number) => number {
  if (schedule === "constant") return schedules.constant({ lr });
  const rise = Math.max(1, Math.round(0.1 * steps));
  return schedules.warmUp(schedules.cosine({ lr, steps: steps - rise }), { steps: rise, from: 1 / rise });
}

/** The part of a step that an epoch's batch is: every `accumulate` of them make one, those that are left at the end as well. */
export function partOf(index: number, count: number, accumulate: number): StepPart {
  if (accumulate === 1) return "whole";
  return (index + 1) % accumulate === 0 || index + 1 === count ? "last" : "first";
}

/** What a checkpoint is compared by. One part per step is how runs were before there were parts. */
function identityOf({ accumulate, ...config }: MilConfig, adapter: string): TrainingSpec["identity"] {
  return { ...config, ...(accumulate > 1 ? { accumulate } : {}), adapter };
}

export function trainingSpec({ host, session, splits, data }: Parts): TrainingSpec {
  const { config, store } = session;
  const { bags } = splits.train;
  const task = TASKS[config.task];
  const pixels = pixelsOf(data[splits.train.file]);
  const lengths = bags.map((bag) => bag.images.length);
  const table = capacities(lengths, { batch: config.batch, lengthMultiple: lengthMultiple(config) });

  const plan = (epoch: number): EpochPlan => {
    const order = createRandom(config.seed, "bags", epoch).permutation(bags.length);
    const batches = packBatches(lengths, order, table);
    const turn = epochTurn(config.seed, epoch);
    const step = async (index: number): Promise<Step> => {
      const batch = batches[index];
      const items = batch.bags.reduce((sum, bag) => sum + lengths[bag], 0);
      const part = partOf(index, batches.length, config.accumulate);
      return { program: await session.training(batch.capacity, part), feeds: feedsOf(batch, bags, pixels, turn), items };
    };
    return { count: batches.length, step };
  };

  const afterEpoch = async (_: number, metrics: Metrics): Promise<Metrics> => {
    const { validation } = splits;
    const labels = validation.bags.map((bag) => bag.label);
    const images = validation.bags.map((bag) => bag.images);
    const scores = await judgeBags(session, images, pixelsOf(data[validation.file]), { signal: host.signal });
    const { loss, wrong } = judgeLoss(task, scores, labels);
    const judged = { validationLoss: loss, validationError: wrong / labels.length };
    const before = await readMetrics(host.files);
    if (bestEpoch([...before, { ...metrics, ...judged }]) === metrics.epoch) await saveModel(host.files, session.store, metrics.epoch);
    return judged;
  };

  return {
    identity: identityOf(config, session.device.description),
    variables: store,
    epochs: config.epochs,
    plan,
    rates: (step, steps) => ({ learningRate: learningRateOf(config, steps)(step) }),
    summarize: ([loss, wrong, count]) => ({ loss: loss / count, trainError: wrong / count }),
    afterEpoch,
  };
}

/** The epoch (from 1) with the least sum of validation loss and error, as the authors choose; of equals, the first. */
export function bestEpoch(metrics: readonly Metrics[]): number {
  const value = ({ validationLoss, validationError }: Metrics): number => validationLoss + validationError;
  return metrics.reduce((best, record) => (value(record) < value(best) ? record : best)).epoch;
}
