/** A fit as the training loop sees it: steps, rates, what is logged, and what happens after every round. */
import { augmentationText, type DataSet } from "../../data/index.ts";
import type { Device } from "../../runtime/index.ts";
import type { Host } from "../host.ts";
import type { Loader } from "../loader/loader.ts";
import { readMetrics } from "../metrics-log.ts";
import type { ProgramCache } from "../programs.ts";
import { AVERAGED, saveModel } from "../run-files.ts";
import { keepsAverages } from "../tasks/evaluation.ts";
import { rateKeyOf } from "../tasks/step.ts";
import type { TrainingTask } from "../tasks/supervised.ts";
import type { Timetable } from "../tasks/timetable.ts";
import type { Metrics, Step, TrainingSpec } from "../types.ts";
import type { Waiting } from "./waiting.ts";
import { batchText, type Evaluator } from "./evaluator.ts";
import type { FitOptions } from "./options.ts";
import type { Graphs } from "./graphs.ts";
import { modelMetadata } from "./model.ts";
import { batchDoubt } from "./doubts.ts";
import { bestRound, isPatienceOver, type Keep } from "./keep.ts";

export interface FitParts {
  readonly device: Device;
  readonly host: Host;
  readonly data: DataSet;
  readonly options: FitOptions;
  readonly task: TrainingTask;
  readonly graphs: Graphs;
  readonly table: Timetable;
  readonly batches: Loader;
  readonly programs: ProgramCache;
  readonly evaluator: Evaluator;
  readonly keep: Keep | null;
  readonly waiting: Waiting;
}

export function specOf(parts: FitParts): TrainingSpec {
  const { device, host, data, options, task, graphs, table, programs, evaluator, keep } = parts;
  const {
    batch,
    seed = 1,
    epochs = 0,
    iterations = 0,
    every = 100,
    accumulate = 1,
    validation,
    patience,
    after,
    identity,
    augment = [],
  } = options;
  const { networks } = task.study;
  const afterEpoch = async (round: number, trained: Metrics): Promise<Metrics> => {
    const judged = validation ? prefixed("validation", await evaluator.evaluate(validation)) : {};
    const own = await after?.({ round: round + 1, evaluator, programs, host });
    const metrics = { ...judged, ...own };
    if (keep && bestRound([...(await readMetrics(host.files)), { ...trained, ...metrics }], keep) === trained.epoch) {
      await evaluator.refresh();
      await saveModel(host.files, programs.store, trained.epoch, { root: rootOf(task), metadata: modelMetadata(data.fields, augment) });
    }
    return metrics;
  };
  return {
    identity: {
      ...{ batch, seed, epochs, iterations, every, accumulate, augment: augmentationText(augment) },
      ...{ samples: data.size, adapter: device.description, networks: graphs.fingerprint, rates: ratesText(parts), ...identity },
    },
    variables: programs.store,
    epochs: table.rounds,
    unit: iterations > 0 ? "round" : "epoch",
    plan: (round) => ({ count: table.count(round), step: (index) => stepOf(parts, table.at(round, index)) }),
    rates: (step) => Object.fromEntries(Object.keys(networks).map((name) => [rateKeyOf(task.study, name), table.rate(name, step)])),
    summarize: (sums) => Object.fromEntries(graphs.metrics.map((name, i) => [name, sums[2 * i] / sums[2 * i + 1]])),
    afterEpoch,
    report: options.report,
    doubt: ({ feeds }) => batchDoubt(feeds, parts.batches.fields, evaluator.outputs()),
    ...(keep && patience !== undefined ? { isOver: (records) => isPatienceOver(records, keep, patience) } : {}),
  };
}

async function stepOf({ data, graphs, table, batches, programs, waiting }: FitParts, iteration: number): Promise<Step> {
  const [program, part, shape] = [table.program(iteration), table.part(iteration), batches.shape(iteration)];
  const name = `${program}, ${batchText(batches.batch, shape)}${part === "whole" ? "" : `, ${part} part`}`;
  // The first batch is made while the program is compiled.
  const next = batches.at(iteration);
  next.catch(() => undefined);
  const compiled = await programs.get(name, () => graphs.of(program, part, shape));
  const { feeds, indices } = await waiting.until(next);
  const reads = graphs.inputs(program, part);
  const fed = Object.fromEntries(Object.entries(feeds).filter(([key]) => reads.has(key)));
  return { program: compiled, feeds: fed, reads, items: itemsOf(data, indices) };
}

/** Samples; of bags, their instances. */
const itemsOf = ({ lengths }: DataSet, indices: Uint32Array): number =>
  lengths ? indices.reduce((sum, i) => sum + lengths[i], 0) : indices.length;

/** Where the weights are that are kept. */
export const rootOf = ({ study }: TrainingTask): string => (keepsAverages(study) ? AVERAGED : "");

/** Each network's learning rate at the beginning, in the middle and at the end. */
function ratesText({ task, table }: FitParts): string {
  const last = table.at(table.rounds - 1, table.count(table.rounds - 1) - 1);
  const moments = [0, Math.floor(last / 2), last];
  return Object.keys(task.study.networks)
    .flatMap((name) => moments.map((iteration) => table.rate(name, iteration)))
    .join(" ");
}

const prefixed = (prefix: string, metrics: Readonly<Record<string, number>>): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${prefix} ${name}`, value]));
