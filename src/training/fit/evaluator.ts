/** Networks in use: judged on a data set, asked for answers. One program for each, whatever the number of samples. */
import { type Augmentation, augmentedFields, type DataSet, dataSet, type Fields, type Sample } from "../../data/index.ts";
import type { Values } from "../../kernels/index.ts";
import { sizeOf } from "../../graph/index.ts";
import { AVERAGED } from "../run-files.ts";
import { answerGraph, averageUpdates, evaluationGraph } from "../tasks/evaluation.ts";
import { loader } from "../loader/loader.ts";
import type { ProgramCache } from "../programs.ts";
import { inputKeys } from "../tasks/step.ts";
import type { TrainingTask } from "../tasks/supervised.ts";

/** An answer for one sample. */
export interface Output {
  readonly shape: readonly number[];
  readonly data: Values;
}

export interface EvaluatorOptions {
  /** Samples at a time. */
  readonly batch: number;
  /** Of the data set that was learnt from. */
  readonly fields: Fields;
  /** As in training, without their randomness. */
  readonly augment?: readonly Augmentation[];
  readonly signal?: AbortSignal;
  /** Whether networks are judged as their moving averages. Default: no. */
  readonly averaged?: boolean;
}

export interface Evaluator {
  /** Brings the moving averages up to date, where there are some; `evaluate` and `predict` do it by themselves. */
  refresh(): Promise<void>;
  /** The means of the task's losses and metrics over all samples. */
  evaluate(set: DataSet): Promise<Record<string, number>>;
  /** What the task answers for each sample, by output. Fields that it does not look at, such as labels, may be missing. */
  predict(samples: DataSet | readonly Sample[]): Promise<Record<string, Output>[]>;
}

export function createEvaluator(programs: ProgramCache, task: TrainingTask, options: EvaluatorOptions): Evaluator {
  const { batch, fields, augment = [], signal, averaged = false } = options;
  const shape = { size: batch, fields: augmentedFields(fields, augment), root: averaged ? AVERAGED : "" };
  const judging = once(() => evaluationGraph(task, shape));
  const answering = once(() => answerGraph(task, shape));
  const kind = averaged ? "averaged " : "";
  const refresh = async (): Promise<void> => {
    if (!averaged) return;
    const { params } = answering();
    for (const variable of params.all()) programs.store.ensure(variable);
    const paths = new Set(programs.store.paths());
    const program = await programs.get("moving averages", () => ({ outputs: {}, updates: averageUpdates(params, paths) }));
    await program.run({});
  };
  return {
    refresh,
    async evaluate(set) {
      const graph = judging();
      const program = await programs.get(`${kind}evaluation, batch ${batch}`, () => graph);
      await refresh();
      const sums = new Float64Array(2 * graph.names.length);
      for await (const { feeds } of loader(set, { batch, augment, signal }).epoch()) {
        const found = await program.call(pick(feeds, inputKeys(graph)), { signal });
        found.sums.forEach((value, i) => (sums[i] += value));
      }
      return Object.fromEntries(graph.names.map((name, i) => [name, sums[2 * i] / sums[2 * i + 1]]));
    },
    async predict(samples) {
      const graph = answering();
      const program = await programs.get(`${kind}prediction, batch ${batch}`, () => graph);
      await refresh();
      const keys = inputKeys(graph);
      const set = asSet(samples, pick(fields, keys));
      const answers: Record<string, Output>[] = [];
      for await (const { feeds, indices } of loader(set, {
        batch,
        augment: augment.filter(({ of }) => of === "picture"),
        signal,
      }).epoch()) {
        const found = await program.call(pick(feeds, keys), { signal });
        for (let i = 0; i < indices.length; i++)
          answers.push(mapValues(graph.outputs, ({ shape: all }, name) => rowOf(found[name], all, i)));
      }
      return answers;
    },
  };
}

const asSet = (samples: DataSet | readonly Sample[], fields: Fields): DataSet =>
  "fields" in samples ? samples : dataSet({ size: samples.length, fields, get: (i) => samples[i] });

/** Sample i of an output [N, ...]. */
function rowOf(data: Values, [, ...shape]: readonly number[], i: number): Output {
  const size = sizeOf(shape);
  return { shape, data: data.slice(i * size, (i + 1) * size) as Values };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const pick = <T>(all: Readonly<Record<string, T>>, keys: ReadonlySet<string>): Record<string, T> =>
  Object.fromEntries(Object.entries(all).filter(([key]) => keys.has(key)));

const mapValues = <A, B>(all: Readonly<Record<string, A>>, f: (value: A, key: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(all).map(([key, value]) => [key, f(value, key)]));
