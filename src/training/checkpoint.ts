/** Checkpoints of a training: all variables, the variant tables, the identity of the run, and the position. */

import { UserError } from "../data/errors.ts";
import { configDifferences } from "../data/settings/index.ts";
import type { Checkpoint } from "../data/tensors/checkpoint.ts";
import { checkpointParts, decodeCheckpoint } from "../data/tensors/checkpoint.ts";
import { requireKeys } from "../data/tensors/keys.ts";
import type { Tensors } from "../data/tensors/safetensors.ts";
import { asFloat32, asInt32, type FileTensor } from "../data/tensors/tensor.ts";
import type { RunFiles } from "./host.ts";
import type { TrainingPosition } from "./position.ts";
import type { TrainingSpec, Variables } from "./types.ts";
import type { VariantBook, VariantTables } from "./variants.ts";

export const CHECKPOINT_FILE = "checkpoint.safetensors";

type Entry = ReturnType<Variables["entries"]>[number];

/** Parameters and buffers under their own path, slots under `optimizer/<path>`. */
const keyOf = ({ role, path }: Entry): string => (role === "slot" ? `optimizer/${path}` : path);

/** Reads the variables that `keep` accepts off the device. */
export async function readVariables(variables: Variables, keep: (entry: Entry) => boolean = () => true): Promise<Tensors> {
  const tensors: Record<string, FileTensor> = {};
  for (const entry of variables.entries().filter(keep)) {
    const data = await variables.read(entry.path);
    tensors[keyOf(entry)] = { shape: entry.shape, dtype: data instanceof Int32Array ? "I32" : "F32", data };
  }
  return tensors;
}

/** Writes variables to the device. Other keys or shapes than the variables': UserError. */
export async function writeVariables(
  variables: Variables,
  tensors: Tensors,
  where: string,
  keep: (entry: Entry) => boolean = () => true,
): Promise<void> {
  const entries = variables.entries().filter(keep);
  requireKeys(Object.fromEntries(entries.map((entry) => [keyOf(entry), entry])), tensors, where);
  for (const entry of entries) {
    const tensor = tensors[keyOf(entry)];
    await variables.write(entry.path, entry.dtype === "i32" ? asInt32(tensor, `${where}: ${keyOf(entry)}`) : asFloat32(tensor));
  }
}

/** Saves the run, atomically. */
export async function save(
  files: RunFiles,
  { variables, identity }: TrainingSpec,
  position: TrainingPosition,
  book: VariantBook,
): Promise<void> {
  const tensors = await readVariables(variables);
  await files.write(CHECKPOINT_FILE, checkpointParts({ tensors, meta: { identity, position, variants: book.tables() } }));
}

/** Reads a run's checkpoint. None, damaged, or not a training's: UserError. */
export async function loadCheckpoint(files: RunFiles): Promise<Checkpoint & { where: string }> {
  const where = files.locate(CHECKPOINT_FILE);
  const bytes = await files.read(CHECKPOINT_FILE);
  if (!bytes) throw new UserError(`cannot resume: there is no ${where}`);
  const checkpoint = decodeCheckpoint(bytes, where);
  for (const key of ["identity", "position", "variants"]) {
    if (!(key in checkpoint.meta)) throw new UserError(`${where}: not a training's checkpoint: it has no ${key}`);
  }
  return { ...checkpoint, where };
}

/** Puts the run's checkpoint back on the device. Of another config or architecture: UserError. */
export async function restore(files: RunFiles, spec: TrainingSpec, book: VariantBook): Promise<TrainingPosition> {
  const { tensors, meta, where } = await loadCheckpoint(files);
  const saved = meta.identity as TrainingSpec["identity"];
  const silent = Object.keys(spec.identity).filter((key) => !(key in saved));
  if (silent.length > 0)
    throw new UserError(`cannot resume ${where}: it says nothing of ${silent.join(", ")}; another version made it, so begin anew`);
  const differences = configDifferences(saved, spec.identity);
  if (differences.length > 0) throw new UserError(`cannot resume ${where}: it was made with ${differences.join(", ")}`);
  await writeVariables(spec.variables, tensors, where);
  book.adopt(meta.variants as VariantTables);
  return meta.position as TrainingPosition;
}
