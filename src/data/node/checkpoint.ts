/** Checkpoints on disk. */

import { type Checkpoint, checkpointParts, openCheckpoint } from "../tensors/checkpoint.ts";
import { writeFileAtomic } from "./files.ts";
import { readSafetensors } from "./safetensors.ts";

/** Writes a checkpoint so that `file` is at every moment the old one or the new one, whole. */
export function writeCheckpoint(file: string, checkpoint: Checkpoint): void {
  writeFileAtomic(file, checkpointParts(checkpoint));
}

/** Reads a checkpoint. Not there, cut short, altered, or another kind of file: UserError. */
export function readCheckpoint(file: string): Checkpoint {
  return openCheckpoint(readSafetensors(file), file);
}
