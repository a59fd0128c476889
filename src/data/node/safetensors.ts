/** safetensors files on disk, read tensor by tensor: the file is never in memory a second time. */

import * as fs from "node:fs";
import { UserError } from "../errors.ts";
import {
  collectTensors,
  LENGTH_BYTES,
  type Metadata,
  parseHeader,
  parseHeaderLength,
  type SafetensorsHeader,
  safetensorsParts,
  type Tensors,
} from "../tensors/safetensors.ts";
import { type ReadBytes, sourceOf, type TensorSource } from "../tensors/source.ts";
import { readFully, withFile, writeFileAtomic } from "./files.ts";

function readHeader(fd: number, size: number, file: string): SafetensorsHeader & { start: number } {
  const first = new Uint8Array(Math.min(LENGTH_BYTES, size));
  readFully(fd, first, 0, file);
  const json = new Uint8Array(parseHeaderLength(first, size, file));
  readFully(fd, json, LENGTH_BYTES, file);
  const start = LENGTH_BYTES + json.length;
  return { start, ...parseHeader(json, size - start, file) };
}

/** Names, types, shapes and metadata of a file, without its data. */
export function readSafetensorsHeader(file: string): SafetensorsHeader {
  return withFile(file, (fd, size) => readHeader(fd, size, file));
}

/**
 * Reads a safetensors file: all tensors, or those that `only` accepts. Damaged, cut short, or not there: UserError.
 * Each tensor has memory of its own.
 */
export function readSafetensors(file: string, only?: (name: string) => boolean): { tensors: Tensors; metadata: Metadata } {
  return withFile(file, (fd, size) => {
    const header = readHeader(fd, size, file);
    const entries = only ? header.entries.filter((entry) => only(entry.name)) : header.entries;
    const tensors = collectTensors({ ...header, entries }, ({ begin, end }) => {
      const bytes = new Uint8Array(end - begin);
      readFully(fd, bytes, header.start + begin, file);
      return bytes;
    });
    return { tensors, metadata: header.metadata };
  });
}

/**
 * A safetensors file to be read piece by piece (`loadWeights`). Its header is read and checked now; nothing stays open. Damaged, cut short, not
 * there, or (at a later read) no longer the same: UserError.
 */
export function safetensorsFile(file: string): TensorSource {
  const identity = withFile(file, (fd) => identityOf(fd));
  const { start, entries, metadata } = withFile(file, (fd, size) => readHeader(fd, size, file));
  const read: ReadBytes = async (begin, end) =>
    withFile(file, (fd) => {
      if (identityOf(fd) !== identity) throw new UserError(`${file}: was changed while it was read`);
      const bytes = new Uint8Array(end - begin);
      readFully(fd, bytes, begin, file);
      return bytes;
    });
  return sourceOf({ entries, metadata }, start, read, file);
}

/** Another file, or one that was written to, has another one. */
function identityOf(fd: number): string {
  const { dev, ino, size, mtimeMs } = fs.fstatSync(fd);
  return [dev, ino, size, mtimeMs].join();
}

/** Writes a safetensors file, whole or not at all. */
export function writeSafetensors(file: string, tensors: Tensors, metadata: Metadata = {}): void {
  writeFileAtomic(file, safetensorsParts(tensors, metadata));
}
