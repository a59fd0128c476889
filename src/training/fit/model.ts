/** Trained networks in use: judged, asked, saved, and loaded again. */
import { type Augmentation, decodeSafetensors, encodeSafetensors, type Fields, tensorSource, UserError } from "../../data/index.ts";
import type { Store, Variants } from "../../kernels/index.ts";
import type { Params } from "../../models/index.ts";
import { loadWeights, stateTensors } from "../../networks/weights/index.ts";
import type { Device } from "../../runtime/index.ts";
import { createProgramCache } from "../programs.ts";
import { networkParams } from "../tasks/evaluation.ts";
import type { TrainingTask } from "../tasks/supervised.ts";
import { createEvaluator, type Evaluator } from "./evaluator.ts";

export interface Model<O extends string = string> extends Pick<Evaluator<O>, "evaluate" | "predict"> {
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
  /** As in training: sizes that it changes are changed here, too. */
  readonly augment?: readonly Augmentation[];
  /** Default: those that the file names. */
  readonly fields?: Fields;
  /** The file's name, for messages. */
  readonly where?: string;
  readonly signal?: AbortSignal;
  readonly variants?: Variants;
}

/** The task's networks with the weights of a file (`weights()`, or a run's model.safetensors). Those of other networks, or damaged: UserError. */
export async function loadTrained<O extends string>(
  device: Device,
  task: TrainingTask<O>,
  file: Uint8Array,
  options: LoadTrainedOptions = {},
): Promise<Model<O>> {
  const { batch = 16, augment = [], where = "weights", signal, variants } = options;
  const { tensors, metadata } = decodeSafetensors(file, where);
  const fields = options.fields ?? fieldsOf(metadata, where);
  const programs = createProgramCache(device, { seed: 1, signal, variants });
  try {
    const params = networkParams(task.study, { size: batch, fields, augment });
    await loadWeights(params, tensorSource(tensors, where), programs.store);
    const { evaluate, predict } = createEvaluator(programs, task, { batch, fields, augment, signal });
    return { ...modelParts(params, programs.store, fields), evaluate, predict, dispose: programs.dispose };
  } catch (error) {
    programs.dispose();
    throw error;
  }
}

export const modelParts = (params: Params, store: Store, fields: Fields): Omit<Model, "evaluate" | "predict" | "dispose"> => ({
  params,
  store,
  fields,
  classes: Object.values(fields).find((field) => field.classes)?.classes ?? null,
  weights: async () => encodeSafetensors(await stateTensors(params, store), fieldsMetadata(fields)),
});

/** Beside a model's tensors: that their keys are PyTorch's, and what was learnt from. */
export const fieldsMetadata = (fields: Fields): Readonly<Record<string, string>> => ({ format: "pt", fields: JSON.stringify(fields) });

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
