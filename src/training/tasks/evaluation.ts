/** Programs that only use networks: what they answer, and how well, on any number of samples. */
import { type Augmentation, augmentedFields, type Fields } from "../../data/index.ts";
import { GraphError, input, stack, type Update, variable } from "../../graph/index.ts";
import { emaPath, inference, type Params } from "../../models/index.ts";
import type { BagShape } from "../loader/bags.ts";
import { AVERAGED } from "../run-files.ts";
import { type InputFields, passOf, type StepGraph, totalAndCount, WEIGHT } from "./step.ts";
import type { Study } from "./study.ts";
import type { TrainingTask } from "./supervised.ts";

export interface EvaluationOptions {
  readonly size: number;
  readonly fields: InputFields;
  /** Where fields are bags. */
  readonly bags?: BagShape;
  /** `AVERAGED`: the networks as their moving averages are. Default: as they are. */
  readonly root?: string;
}

export const keepsAverages = ({ networks }: Study): boolean => Object.values(networks).some(({ ema }) => ema !== undefined);

/** `sums` f32 [2 M]: of each of the task's judgements, in order, the total over the samples that count and their number. */
export function evaluationGraph(task: TrainingTask, options: EvaluationOptions): StepGraph & { readonly names: readonly string[] } {
  const { pass, params } = inferencePass(task.study, options);
  const weight = input(WEIGHT, [options.size]);
  const judged = Object.entries(task.judge(pass));
  const parts = judged.map(([name, value]) => totalAndCount(value, weight, `the metric "${name}"`));
  return { params, names: judged.map(([name]) => name), outputs: { sums: stack(parts, 0) }, updates: [] };
}

/** The task's outputs by name; only the fields that they need are fed. */
export function answerGraph(task: TrainingTask, options: EvaluationOptions): StepGraph {
  const { pass, params } = inferencePass(task.study, options);
  const outputs = task.answer(pass);
  for (const [name, { shape }] of Object.entries(outputs))
    if (shape[0] !== options.size)
      throw new GraphError(`the answer ${name}: expected [${options.size}, ...], something for each sample, got [${shape.join(", ")}]`);
  return { params, outputs, updates: [] };
}

/** The variables of a study's networks, without a step that trains them. */
export function networkParams({ networks, programs }: Study, { size, fields, augment }: NetworkParamsOptions): Params {
  const inputs = augmentedFields(fields, augment);
  const { pass, params } = passOf({ networks }, { seed: 0, size, fields: inputs, bags: leastShape(inputs, size) });
  Object.values(programs)[0](pass);
  return params;
}

export interface NetworkParamsOptions {
  readonly size: number;
  readonly fields: Fields;
  readonly augment: readonly Augmentation[];
}

/** Where fields are bags, the smallest shape for `size` of them: enough to see the variables and the names of inputs. */
export const leastShape = (fields: InputFields, size: number): BagShape | undefined =>
  Object.values(fields).some(({ bag }) => bag) ? { length: 1, instances: size } : undefined;

function inferencePass(study: Study, options: EvaluationOptions) {
  const { pass, params } = passOf(study, { ...options, seed: 0 });
  return { params, pass: { ...pass, training: inference } };
}

/** Puts the moving averages, and all else as it is, where evaluations look. `paths`: of all variables that there are. */
export function averageUpdates(averaged: Params, paths: ReadonlySet<string>): Update[] {
  return averaged.all().map((target): Update => {
    const { shape, dtype, attrs } = target;
    const path = attrs.path.slice(AVERAGED.length + 1);
    const source = emaPath(path);
    return [target, variable(paths.has(source) ? source : path, shape, { dtype, role: paths.has(source) ? "slot" : attrs.role })];
  });
}
