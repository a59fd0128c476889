/**
 * From a task and data to trained networks. The loop, the guard, checkpoints and the log are those of every study (loop.ts): a run that was
 * stopped, or killed, and is resumed ends in the same bits as one that was not.
 */
import type { DataSet } from "../../data/index.ts";
import type { Device } from "../../runtime/index.ts";
import { CHECKPOINT_FILE } from "../checkpoint.ts";
import { type Host, memoryHost } from "../host.ts";
import { type Loader, loader } from "../loader/loader.ts";
import { train } from "../loop.ts";
import { readMetrics } from "../metrics-log.ts";
import { createProgramCache, type ProgramCache } from "../programs.ts";
import { loadModel, saveModel } from "../run-files.ts";
import type { TrainingTask } from "../tasks/supervised.ts";
import { timetable } from "../tasks/timetable.ts";
import type { Metrics } from "../types.ts";
import { createEvaluator } from "./evaluator.ts";
import { graphsOf } from "./graphs.ts";
import { bestRound } from "./keep.ts";
import { type Model, modelMetadata, modelParts } from "./model.ts";
import { checkFitLength, type FitOptions } from "./options.ts";
import { rootOf, specOf } from "./spec.ts";
import { createWaiting } from "./waiting.ts";

/** Trained networks: their variables in the store are the kept ones. */
export interface Trained<O extends string = string, M extends string = string> extends Model<O, M> {
  /** What was logged, round by round. */
  readonly metrics: readonly Metrics[];
  /** The round, from 1, whose weights were kept. */
  readonly kept: number;
  /** For programs of one's own over the store. */
  readonly programs: ProgramCache;
  /** Milliseconds of the training steps in which the device had nothing to do, because the next batch was not there yet. */
  readonly waited: number;
}

/**
 * Trains the task's networks on `data`. Aborting the host's signal saves a checkpoint and throws `Interrupted`; a loss or gradient that is not
 * finite saves the last good state and throws a UserError that names the step and the node. A device that is lost is a DeviceError of kind "lost":
 * with `resume`, another device goes on from the last checkpoint to the same bits.
 */
export async function fit<O extends string, M extends string>(
  device: Device,
  task: TrainingTask<O, M>,
  data: DataSet,
  options: FitOptions,
): Promise<Trained<O, M>> {
  const host: Host = { ...memoryHost(), ...options.host };
  const end = host.begin?.();
  try {
    const trained = await fitWith(host, device, task, data, options);
    end?.();
    return trained;
  } catch (error) {
    end?.(error);
    throw error;
  }
}

async function fitWith<O extends string, M extends string>(
  host: Host,
  device: Device,
  task: TrainingTask<O, M>,
  data: DataSet,
  options: FitOptions,
): Promise<Trained<O, M>> {
  checkFitLength(options);
  const { seed = 1, batch, augment = [], validation, accumulate = 1, resume = false, variants } = options;
  const { signal, files } = host;
  const reads = (position: number): boolean => readsBatch(graphs.inputs(table.program(position), table.part(position)), batches);
  const batches = loader(data, { batch, seed, training: true, augment, epochs: Number.POSITIVE_INFINITY, reads, signal });
  const graphs = graphsOf(task.study, { seed, size: batch, fields: batches.fields, bags: batches.shape(0) });
  const table = timetable(task.study, graphs.trains, { ...options, perEpoch: batches.count });
  const programs = createProgramCache(device, { seed, signal, variants });
  const { store } = programs;
  const waiting = createWaiting(device);
  const using = { batch, fields: data.fields, augment, signal };
  const evaluator = createEvaluator(programs, task, { ...using, averaged: rootOf(task) !== "" });
  const keep = options.keep ?? (validation ? { metric: "validation loss", best: "smallest" as const } : null);
  try {
    const params = graphs.variables(store, accumulate > 1 ? "last" : "whole");
    if (validation) evaluator.check(validation, "validation");
    await options.begin?.({ params, store });
    const spec = specOf({ device, host, data, options, task, graphs, table, batches, programs, evaluator, keep, waiting });
    await train(host, spec, { resume: resume && (await files.read(CHECKPOINT_FILE)) !== null });
    const metrics = await readMetrics(files);
    if (!keep) {
      await evaluator.refresh();
      await saveModel(files, store, metrics.length, { root: rootOf(task), metadata: modelMetadata(data.fields, augment) });
    }
    await loadModel(files, store);
    const kept = createEvaluator(programs, task, using);
    return {
      metrics,
      kept: keep ? bestRound(metrics, keep) : metrics.length,
      ...modelParts(params, store, data.fields, augment),
      programs,
      waited: waiting.milliseconds(),
      evaluate: kept.evaluate,
      predict: kept.predict,
      dispose: programs.dispose,
    };
  } catch (error) {
    programs.dispose();
    throw error;
  } finally {
    batches.close();
  }
}

/** Does a program look at samples? The step of a generator does not: its images come out of noise. */
const readsBatch = (inputs: ReadonlySet<string>, { fields }: Loader): boolean =>
  ["index", "lengths", ...Object.keys(fields)].some((name) => inputs.has(name));
