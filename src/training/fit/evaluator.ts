/** Networks in use: judged on a data set, asked for answers. One program for each, whatever the number of samples. */
import { type Augmentation, augmentedFields, type DataSet, type Fields, type Picture, UserError } from "../../data/index.ts";
import type { Values } from "../../kernels/index.ts";
import { type Node, sizeOf } from "../../graph/index.ts";
import { AVERAGED } from "../run-files.ts";
import { answerGraph, averageUpdates, evaluationGraph, leastShape } from "../tasks/evaluation.ts";
import type { BagShape } from "../loader/bags.ts";
import { loader } from "../loader/loader.ts";
import type { ProgramCache } from "../programs.ts";
import { inputKeys } from "../tasks/step.ts";
import type { TrainingTask } from "../tasks/supervised.ts";
import { batchDoubt, checkFields } from "./doubts.ts";
import { asDataSet, isPicture, type Question } from "./samples.ts";

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

export interface Evaluator<O extends string = string, M extends string = string> {
  /** Brings the moving averages up to date, where there are some; `evaluate` and `predict` do it by themselves. */
  refresh(): Promise<void>;
  /** Refuses a data set that the networks cannot be judged on: a UserError that begins with `what`. */
  check(set: DataSet, what: string): void;
  /** What the task answers, as nodes [N, ...]. */
  outputs(): Readonly<Record<string, Node>>;
  /**
   * The means of the task's losses and metrics over all samples; of a metric [] the mean over the batches, the last of which is filled up with samples of
   * the first. Labels that the answer has no place for: UserError that names the samples.
   */
  evaluate(set: DataSet): Promise<Record<M, number>>;
  /** What the task answers for each sample, by output. Fields that it does not look at, such as labels, may be missing. */
  predict(questions: DataSet | readonly Question[]): Promise<Record<O, Output>[]>;
  /** Of one picture, as `readImage` gives it, where the networks look at one picture. It is prepared as the data set's were. */
  predict(picture: Picture): Promise<Record<O, Output>>;
}

export function createEvaluator<O extends string, M extends string>(
  programs: ProgramCache,
  task: TrainingTask<O, M>,
  options: EvaluatorOptions,
): Evaluator<O, M> {
  const { batch, fields, augment = [], signal, averaged = false } = options;
  const inputs = augmentedFields(fields, augment);
  const graphOptions = (bags = leastShape(inputs, batch)) => ({ size: batch, fields: inputs, bags, root: averaged ? AVERAGED : "" });
  const judging = byShape((bags) => evaluationGraph(task, graphOptions(bags)));
  const answering = byShape((bags) => answerGraph(task, graphOptions(bags)));
  const unmixed = augment.filter(({ of }) => of === "picture");
  const kind = averaged ? "averaged " : "";
  const refresh = async (): Promise<void> => {
    if (!averaged) return;
    const { params } = answering();
    for (const variable of params.all()) programs.store.ensure(variable);
    const paths = new Set(programs.store.paths());
    const program = await programs.get("moving averages", () => ({ outputs: {}, updates: averageUpdates(params, paths) }));
    await program.run({});
  };
  const predict = async (questions: DataSet | readonly Question[]): Promise<Record<O, Output>[]> => {
    if ("length" in questions && questions.length === 0) return [];
    const keys = inputKeys(answering());
    const set = asDataSet(questions, pick(fields, keys));
    checkFields(augmentedFields(set.fields, unmixed), inputs, keys, "predict");
    await refresh();
    const answers = new Array<Record<O, Output>>(set.size);
    for await (const { feeds, indices, shape } of loader(set, { batch, augment: unmixed, signal }).epoch()) {
      const graph = answering(shape);
      const program = await programs.get(`${kind}prediction, ${batchText(batch, shape)}`, () => graph);
      const found = await program.call(pick(feeds, keys), { signal });
      for (const [place, i] of indices.entries())
        answers[i] = mapValues(graph.outputs, ({ shape: all }, name) => rowOf(found[name], all, place)) as Record<O, Output>;
    }
    return answers;
  };
  const check = (set: DataSet, what: string): void => checkFields(augmentedFields(set.fields, augment), inputs, inputKeys(judging()), what);
  return {
    refresh,
    check,
    outputs: () => answering().outputs,
    async evaluate(set) {
      const { names } = judging();
      const keys = inputKeys(judging());
      check(set, "evaluate");
      await refresh();
      const sums = new Float64Array(2 * names.length);
      for await (const { feeds, indices, shape } of loader(set, { batch, augment, signal }).epoch()) {
        const program = await programs.get(`${kind}evaluation, ${batchText(batch, shape)}`, () => judging(shape));
        const found = await program.call(pick(feeds, keys), { signal });
        const doubt = found.sums.every(Number.isFinite) ? undefined : batchDoubt(feeds, inputs, answering().outputs);
        if (doubt) throw new UserError(`evaluate: samples ${Math.min(...indices)} to ${Math.max(...indices)}: ${doubt}`);
        found.sums.forEach((value, i) => (sums[i] += value));
      }
      return Object.fromEntries(names.map((name, i) => [name, sums[2 * i] / sums[2 * i + 1]])) as Record<M, number>;
    },
    predict: (async (questions: Picture | DataSet | readonly Question[]) =>
      isPicture(questions) ? (await predict([questions]))[0] : predict(questions)) as Evaluator<O>["predict"],
  };
}

/** Sample i of an output [N, ...]. */
function rowOf(data: Values, [, ...shape]: readonly number[], i: number): Output {
  const size = sizeOf(shape);
  return { shape, data: data.slice(i * size, (i + 1) * size) as Values };
}

/** "batch 8", or "batch 8, bags of 16, 80 instances": of a program's name. */
export const batchText = (batch: number, bags?: BagShape): string =>
  `batch ${batch}${bags ? `, bags of ${bags.length}, ${bags.instances} instances` : ""}`;

/** Makes what a shape asks for, once. Undefined: of any shape. */
function byShape<T extends object>(make: (shape?: BagShape) => T): (shape?: BagShape) => T {
  const made = new Map<string, T>();
  return (shape) => {
    const key = `${shape?.length} ${shape?.instances}`;
    const one = made.get(key) ?? make(shape);
    made.set(key, one);
    return one;
  };
}

const pick = <T>(all: Readonly<Record<string, T>>, keys: ReadonlySet<string>): Record<string, T> =>
  Object.fromEntries(Object.entries(all).filter(([key]) => keys.has(key)));

const mapValues = <A, B>(all: Readonly<Record<string, A>>, f: (value: A, key: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(all).map(([key, value]) => [key, f(value, key)]));
