/**
 * A checkpoint: one safetensors file. Its tensors are the parameters and buffers under PyTorch's keys and the optimizer's slots
 * under `optimizer/<path>`; its metadata hold each entry of `meta` as JSON text, the format's version, and a checksum over everything.
 */

import { messageOf, UserError } from "../errors.ts";
import { hashText, hex32, xxh32 } from "../hash.ts";
import { concatBytes, decodeSafetensors, type Metadata, safetensorsParts, type Tensors } from "./safetensors.ts";
import { tensorBytes } from "./tensor.ts";

export interface Checkpoint {
  readonly tensors: Tensors;
  /** JSON values by name: study, config, variant table, seed, epoch, position, ... */
  readonly meta: Readonly<Record<string, unknown>>;
}

const FORMAT = "intarsia-checkpoint";
const VERSION = "1";
const RESERVED = ["format", "version", "checksum"];

/** A hash of names, types, shapes, elements and metadata, in whatever order the file has them. */
function checksum(tensors: Tensors, metadata: Metadata): string {
  const notes = Object.keys(metadata)
    .filter((key) => key !== "checksum")
    .sort();
  const names = Object.keys(tensors).sort();
  const content = [
    notes.map((key) => [key, metadata[key]]),
    names.map((name) => [name, tensors[name].dtype, tensors[name].shape, hex32(xxh32(tensorBytes(tensors[name].data)))]),
  ];
  return hex32(hashText(JSON.stringify(content)));
}

/** JSON text of a metadata value. What JSON cannot keep (NaN, an infinity, a bigint, a function) is a mistake: RangeError. */
function toJson(key: string, value: unknown): string {
  const text = JSON.stringify(value, (inner, item: unknown) => {
    if ((typeof item === "number" && !Number.isFinite(item)) || ["bigint", "function", "symbol"].includes(typeof item)) {
      throw new RangeError(`checkpoint meta ${key}: ${inner === "" ? "it" : inner} is ${String(item)}, which JSON cannot hold`);
    }
    return item;
  });
  return text;
}

/** A checkpoint as byte runs to be written one after another. Entries of `meta` that are undefined are left out. */
export function checkpointParts({ tensors, meta }: Checkpoint): Uint8Array[] {
  const used = RESERVED.find((key) => Object.hasOwn(meta, key));
  if (used !== undefined) throw new RangeError(`checkpoint meta must not hold ${used}, which the format uses itself`);
  const notes = Object.entries(meta).filter(([, value]) => value !== undefined);
  const metadata: Metadata = {
    ...Object.fromEntries(notes.map(([key, value]) => [key, toJson(key, value)])),
    format: FORMAT,
    version: VERSION,
  };
  return safetensorsParts(tensors, { ...metadata, checksum: checksum(tensors, metadata) });
}

/** A checkpoint in memory. The same content gives the same bytes. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return concatBytes(checkpointParts(checkpoint));
}

/** Checks what a safetensors file holds: another kind of file, another version, or altered content is a UserError. */
export function openCheckpoint({ tensors, metadata }: { tensors: Tensors; metadata: Metadata }, where: string): Checkpoint {
  if (metadata.format !== FORMAT) throw new UserError(`${where}: a safetensors file, but not a checkpoint of intarsia`);
  if (metadata.version !== VERSION) {
    throw new UserError(`${where}: a checkpoint of format ${metadata.version}; this program reads format ${VERSION}`);
  }
  const found = checksum(tensors, metadata);
  if (metadata.checksum !== found) {
    throw new UserError(`${where}: the checkpoint was altered or damaged (checksum ${metadata.checksum}, content ${found})`);
  }
  const notes = Object.entries(metadata).filter(([key]) => !RESERVED.includes(key));
  try {
    return { tensors, meta: Object.fromEntries(notes.map(([key, text]) => [key, JSON.parse(text) as unknown])) };
  } catch (error) {
    throw new UserError(`${where}: metadata that are not JSON (${messageOf(error)})`);
  }
}

/** Reads a checkpoint from memory. Cut short, altered, or something else: UserError naming `where`. */
export function decodeCheckpoint(bytes: Uint8Array, where: string): Checkpoint {
  return openCheckpoint(decodeSafetensors(bytes, where), where);
}
