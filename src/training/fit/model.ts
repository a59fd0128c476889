/** Trained networks in use: judged, asked, saved, and loaded again. */
import {
  type Augmentation,
  augmentationText,
  augmentedFields,
  decodeSafetensors,
  encodeSafetensors,
  type Fields,
  tensorSource,
  UserError,
} from "../../data/index.ts";
import type { Store, Variants } from "../../kernels/index.ts";
import type { Params } from "../../models/index.ts";
import { loadWeights, stateTensors } from "../../networks/weights/index.ts";
import type { Device } from "../../runtime/index.ts";
import { createProgramCache } from "../programs.ts";
import { networkParams } from "../tasks/evaluation.ts";
import type { TrainingTask } from "../tasks/supervised.ts";
import { createEvaluator, type Evaluator } from "./evaluator.ts";

export interface Model<O extends string = string, M extends string = string> extends Pick<Evaluator<O, M>, "evaluate" | "predict"> {
  /** What was learnt from, before augmentation. */
  readonly fields: Fields;
  /** The class names of the first field that has some. */
  readonly classes: readonly string[] | null;
  /** The networks' variables. */
  readonly params: Params;
  /** All variables on the device. */
  readonly store: Store;
  /** The weights as a safetensors file, with PyTorch's keys; `fields` are in its metadata. */
  weights(): Promise<Uint8Array>;
  /** Frees the programs and all variables. */
  dispose(): void;
}

export interface LoadTrainedOptions {
  /** Samples at a time. Default: 16. */
  readonly batch?: number;
  /** As in training: sizes that it changes are changed here, too. Left out where it changed some: UserError. */
  readonly augment?: readonly Augmentation[];
  /** Default: those that the file names. */
  readonly fields?: Fields;
  /** The file's name, for messages. */
  readonly where?: string;
  readonly signal?: AbortSignal;
  readonly variants?: Variants;
}

/** The task's networks with the weights of a file (`weights()`, or a run's model.safetensors). Those of other networks, or damaged: UserError. */
export async function loadTrained<O extends string, M extends string>(
  device: Device,
  task: TrainingTask<O, M>,
  file: Uint8Array,
  options: LoadTrainedOptions = {},
): Promise<Model<O, M>> {
  const { batch = 16, augment = [], where = "weights", signal, variants } = options;
  const { tensors, metadata } = decodeSafetensors(file, where);
  const fields = options.fields ?? fieldsOf(metadata, where);
  checkAugment(metadata, augmentedFields(fields, augment), where);
  const programs = createProgramCache(device, { seed: 1, signal, variants });
  try {
    const params = networkParams(task.study, { size: batch, fields, augment });
    await loadWeights(params, tensorSource(tensors, where), programs.store);
    const { evaluate, predict } = createEvaluator(programs, task, { batch, fields, augment, signal });
    return { ...modelParts(params, programs.store, fields, augment), evaluate, predict, dispose: programs.dispose };
  } catch (error) {
    programs.dispose();
    throw error;
  }
}

export const modelParts = (
  params: Params,
  store: Store,
  fields: Fields,
  augment: readonly Augmentation[],
): Omit<Model, "evaluate" | "predict" | "dispose"> => ({
  params,
  store,
  fields,
  classes: Object.values(fields).find((field) => field.classes)?.classes ?? null,
  weights: async () => encodeSafetensors(await stateTensors(params, store), modelMetadata(fields, augment)),
});

/** Beside a model's tensors: that their keys are PyTorch's, what was learnt from, and what the networks saw of it. */
export const modelMetadata = (fields: Fields, augment: readonly Augmentation[]): Readonly<Record<string, string>> => ({
  format: "pt",
  fields: JSON.stringify(fields),
  shapes: shapesText(augmentedFields(fields, augment)),
  ...(augment.length > 0 ? { augment: augmentationText(augment) } : {}),
});

/** Only the shapes: labels that a mixing of pairs made probabilities are asked for by evaluations alone, which say so themselves. */
const shapesText = (fields: Fields): string =>
  JSON.stringify(Object.fromEntries(Object.entries(fields).flatMap(([name, { shape, picture }]) => (picture ? [[name, shape]] : []))));

/** Networks would take pictures of another size without a word. Files that do not say their shapes are taken as they are. */
function checkAugment({ shapes, augment = "none" }: Readonly<Record<string, string>>, seen: Fields, where: string): void {
  if (shapes !== undefined && shapes !== shapesText(seen))
    throw new UserError(
      `${where}: these networks learnt from pictures ${shapes}, and here they are ${shapesText(seen)}; give the augmentations of training: ${augment}`,
    );
}

function fieldsOf({ fields }: Readonly<Record<string, string>>, where: string): Fields {
  try {
    const known: unknown = JSON.parse(fields);
    if (isFields(known)) return known;
  } catch {
    // Not there, or not JSON.
  }
  throw new UserError(`${where}: these weights do not say what they were learnt from; name the fields`);
}

function isFields(value: unknown): value is Fields {
  const isField = (field: unknown): boolean => {
    const { shape, dtype } = (field ?? {}) as { shape?: unknown; dtype?: unknown };
    return Array.isArray(shape) && shape.every((extent) => Number.isInteger(extent) && extent >= 0) && (dtype === "f32" || dtype === "i32");
  };
  return typeof value === "object" && value !== null && Object.values(value).every(isField);
}
