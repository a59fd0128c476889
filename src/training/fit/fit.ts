/**
 * From a task and data to trained networks. The loop, the guard, checkpoints and the log are those of every study (loop.ts): a run that was
 * stopped, or killed, and is resumed ends in the same bits as one that was not.
 */
import type { DataSet, Sample } from "../../data/index.ts";
import { encodeSafetensors } from "../../data/tensors/safetensors.ts";
import type { Store } from "../../kernels/index.ts";
import type { Params } from "../../models/index.ts";
import { stateTensors } from "../../networks/weights/index.ts";
import type { Device } from "../../runtime/index.ts";
import { CHECKPOINT_FILE } from "../checkpoint.ts";
import { type Host, memoryHost } from "../host.ts";
import { loader } from "../loader/loader.ts";
import { train } from "../loop.ts";
import { readMetrics } from "../metrics-log.ts";
import { createProgramCache, type ProgramCache } from "../programs.ts";
import { loadModel, saveModel } from "../run-files.ts";
import type { TrainingTask } from "../tasks/supervised.ts";
import { timetable } from "../tasks/timetable.ts";
import type { Metrics } from "../types.ts";
import { createEvaluator, type Output } from "./evaluator.ts";
import { graphsOf } from "./graphs.ts";
import { bestRound } from "./keep.ts";
import type { FitOptions } from "./options.ts";
import { rootOf, specOf } from "./spec.ts";

export interface Trained {
  /** What was logged, round by round. */
  readonly metrics: readonly Metrics[];
  /** The round, from 1, whose weights were kept. */
  readonly kept: number;
  /** The networks' variables. */
  readonly params: Params;
  /** All variables on the device; the networks' are the kept ones. */
  readonly store: Store;
  /** For programs of one's own over the store. */
  readonly programs: ProgramCache;
  /** Milliseconds in which the loop waited for data, all in all. */
  readonly waited: number;
  evaluate(set: DataSet): Promise<Record<string, number>>;
  predict(samples: DataSet | readonly Sample[]): Promise<Record<string, Output>[]>;
  /** The kept weights as a safetensors file, with PyTorch's keys. */
  weights(): Promise<Uint8Array>;
  /** Frees the programs and all variables. */
  dispose(): void;
}

/**
 * Trains the task's networks on `data`. Aborting the host's signal saves a checkpoint and throws `Interrupted`; a loss or gradient that is not
 * finite saves the last good state and throws a UserError that names the step and the node. A device that is lost is a DeviceError of kind "lost":
 * with `resume`, another device goes on from the last checkpoint to the same bits.
 */
export async function fit(device: Device, task: TrainingTask, data: DataSet, options: FitOptions): Promise<Trained> {
  const { seed = 1, batch, augment = [], validation, resume = false, variants } = options;
  const host: Host = { ...memoryHost(), ...options.host };
  const { signal, files } = host;
  const batches = loader(data, { batch, seed, training: true, augment, epochs: Number.POSITIVE_INFINITY, signal });
  const graphs = graphsOf(task.study, { seed, size: batch, fields: batches.fields });
  const table = timetable(task.study, graphs.trains, { ...options, perEpoch: batches.count });
  const programs = createProgramCache(device, { seed, signal, variants });
  const { store } = programs;
  const using = { batch, fields: data.fields, augment, signal };
  const evaluator = createEvaluator(programs, task, { ...using, averaged: rootOf(task) !== "" });
  const keep = options.keep ?? (validation ? { metric: "validation loss", best: "smallest" as const } : null);
  try {
    const params = graphs.variables(store);
    await options.begin?.({ params, store });
    const spec = specOf({ device, host, data, options, task, graphs, table, batches, programs, evaluator, keep });
    await train(host, spec, { resume: resume && (await files.read(CHECKPOINT_FILE)) !== null });
    const metrics = await readMetrics(files);
    if (!keep) {
      await evaluator.refresh();
      await saveModel(files, store, metrics.length, rootOf(task));
    }
    await loadModel(files, store);
    const kept = createEvaluator(programs, task, using);
    return {
      metrics,
      kept: keep ? bestRound(metrics, keep) : metrics.length,
      params,
      store,
      programs,
      get waited() {
        return batches.waited;
      },
      evaluate: kept.evaluate,
      predict: kept.predict,
      weights: async () => encodeSafetensors(await stateTensors(params, store), { format: "pt" }),
      dispose: programs.dispose,
    };
  } catch (error) {
    programs.dispose();
    throw error;
  } finally {
    batches.close();
  }
}
