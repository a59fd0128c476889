/**
 * From a task and data to trained networks. The loop, the guard, checkpoints and the log are those of every study (loop.ts): a run that was
 * stopped, or killed, and is resumed ends in the same bits as one that was not.
 */
import type { Augmentation, DataSet, Sample } from "../data/index.ts";
import { UserError } from "../data/errors.ts";
import type { Variants } from "../kernels/index.ts";
import type { Params } from "../models/index.ts";
import type { Device } from "../runtime/index.ts";
import { createEvaluator, type Evaluator, type Output } from "./evaluator.ts";
import { type Host, memoryHost } from "./host.ts";
import { bestRound, type Keep } from "./keep.ts";
import { loader } from "./loader.ts";
import { train } from "./loop.ts";
import { readMetrics } from "./metrics-log.ts";
import { createProgramCache, type ProgramCache } from "./programs.ts";
import { loadModel, saveModel } from "./run-files.ts";
import { inputKeys, metricNames, rateKey, stepGraph } from "./step.ts";
import type { TrainingTask } from "./supervised.ts";
import { timetable } from "./timetable.ts";
import type { EpochPlan, Metrics, TrainingSpec } from "./types.ts";

export interface FitOptions {
  /** Passes over the data; or `iterations` steps, judged and saved every `every` (default: 100) of them. */
  readonly epochs?: number;
  readonly iterations?: number;
  readonly every?: number;
  /** Samples of a step. */
  readonly batch: number;
  /** Of the first weights, the order of the data, augmentation and dropout. Default: 1. */
  readonly seed?: number;
  readonly validation?: DataSet;
  readonly augment?: readonly Augmentation[];
  /** Steps whose gradients make one step of the optimizers. Default: 1. */
  readonly accumulate?: number;
  /** Which weights are kept. Default: those of the least validation loss; without validation, the last ones. */
  readonly keep?: Keep;
  /** Rounds without a better one, after which the training ends. Default: it goes on to the end. */
  readonly patience?: number;
  /** Files, clock, progress and a way to stop. Default: files in memory, no progress. */
  readonly host?: Partial<Host>;
  /** Goes on from the checkpoint among the host's files, if there is one. */
  readonly resume?: boolean;
  /** Told once before the first step: weights that were learnt elsewhere are loaded here. */
  readonly begin?: (context: { readonly params: Params; readonly store: ProgramCache["store"] }) => Promise<void>;
  /** After every round; its numbers join the log. */
  readonly after?: (context: { readonly round: number; readonly evaluator: Evaluator; readonly host: Host }) => Promise<Metrics | undefined>;
  readonly variants?: Variants;
  /** What else decides the result, for a checkpoint to be compared by. */
  readonly identity?: Readonly<Record<string, string | number>>;
}

export interface Trained {
  /** What was logged, round by round. */
  readonly metrics: readonly Metrics[];
  /** The round, from 1, whose weights were kept. */
  readonly kept: number;
  readonly params: Params;
  /** The variables on the device; the networks' are the kept ones. */
  readonly store: ProgramCache["store"];
  evaluate(set: DataSet): Promise<Record<string, number>>;
  predict(samples: readonly Sample[]): Promise<Record<string, Output>[]>;
  /** The kept weights as a safetensors file, with PyTorch's keys. */
  weights(): Promise<Uint8Array>;
  dispose(): void;
}

export async function fit(device: Device, task: TrainingTask, data: DataSet, options: FitOptions): Promise<Trained> {
  const { seed = 1, batch, accumulate = 1, augment = [], validation, patience, resume = false, variants } = options;
  const host: Host = { ...memoryHost(), ...options.host };
  const keep = options.keep ?? (validation ? { metric: "validation loss", best: "smallest" } : null);
  const { signal } = host;
  const programs = createProgramCache(device, { seed, signal, variants });
  const batches = loader(data, { batch, seed, training: true, augment, epochs: Number.POSITIVE_INFINITY, signal });
  const graphs = graphsOf(task.study, { seed, size: batch, fields: batches.fields });
  const table = timetable(task.study, graphs.trains, { ...lengthOf(options), perEpoch: batches.count, accumulate });
  const evaluator = createEvaluator(programs, task, { batch, fields: data.fields, augment, signal });

  const step = async (iteration: number): Promise<Step> => {
    const [program, part] = [table.program(iteration), table.part(iteration)];
    const graph = graphs.of(program, part);
    const [{ feeds, indices }, compiled] = await Promise.all([
      batches.get(iteration % batches.count, Math.floor(iteration / batches.count)),
      programs.get(`${program}, batch ${batch}${part === "whole" ? "" : `, ${part} part`}`, () => graph),
    ]);
    const keys = inputKeys(graph);
    return { program: compiled, feeds: pick(feeds, keys), items: indices.length };
  };
}
