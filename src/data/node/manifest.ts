/** TensorFlow.js weights on disk: a manifest and the files that it names, read tensor by tensor. */

import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../errors.ts";
import { checkGroupBytes, decodeManifestTensor, type ManifestGroup, parseManifest } from "../tensors/manifest.ts";
import type { Tensors } from "../tensors/safetensors.ts";
import type { FileTensor } from "../tensors/tensor.ts";
import { fileError, readFileBounded, readFully } from "./files.ts";

const MAX_MANIFEST_BYTES = 2 ** 26;

interface Shard {
  readonly file: string;
  readonly fd: number;
  /** Of its first byte among all bytes of the group. */
  readonly start: number;
  readonly size: number;
}

function openShards(files: readonly string[]): Shard[] {
  const shards: Shard[] = [];
  let start = 0;
  for (const file of files) {
    try {
      if (!fs.statSync(file).isFile()) throw new UserError(`cannot read ${file}: not a regular file`);
      const fd = fs.openSync(file, "r");
      const { size } = fs.fstatSync(fd);
      shards.push({ file, fd, start, size });
      start += size;
    } catch (error) {
      closeShards(shards);
      throw fileError(error, file, "read");
    }
  }
  return shards;
}

function closeShards(shards: readonly Shard[]): void {
  for (const { fd } of shards) fs.closeSync(fd);
}

/** Bytes begin..end of the group, which may lie in several files. */
function readRange(shards: readonly Shard[], begin: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - begin);
  for (const { file, fd, start, size } of shards) {
    const [from, to] = [Math.max(begin, start), Math.min(end, start + size)];
    if (from < to) readFully(fd, bytes.subarray(from - begin, to - begin), from - start, file);
  }
  return bytes;
}

function readGroup(group: ManifestGroup, folder: string, where: string): [string, FileTensor][] {
  const shards = openShards(group.paths.map((name) => path.join(folder, name)));
  try {
    checkGroupBytes(
      group,
      shards.reduce((sum, { size }) => sum + size, 0),
      where,
    );
    return group.tensors.map((tensor) => [tensor.name, decodeManifestTensor(tensor, readRange(shards, tensor.begin, tensor.end))]);
  } finally {
    closeShards(shards);
  }
}

/**
 * Reads all tensors of a `*-weights_manifest.json` or a model.json of TensorFlow.js and of the files beside it, dequantised.
 * Damaged, cut short, or not there: UserError.
 */
export function readManifest(file: string): Tensors {
  const groups = parseManifest(new TextDecoder().decode(readFileBounded(file, MAX_MANIFEST_BYTES)), file);
  return Object.fromEntries(groups.flatMap((group) => readGroup(group, path.dirname(file), file)));
}
