/** safetensors files on disk, read tensor by tensor: the file is never in memory a second time. */

import * as fs from "node:fs/promises";
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
} from "../safetensors.ts";
import { type ReadBytes, safetensorsSource, type TensorSource } from "../source.ts";
import { fileError, readFully, withFile, writeFileAtomic } from "./files.ts";

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

/** A file that stays open until it is closed. */
export interface OpenSource extends TensorSource {
  close(): Promise<void>;
}

/** Opens a safetensors file to be read piece by piece (`loadWeights`). Damaged, cut short, or not there: UserError. */
export async function openSafetensors(file: string): Promise<OpenSource> {
  let handle: fs.FileHandle | undefined;
  try {
    handle = await fs.open(file, "r");
    const opened = handle;
    const stat = await handle.stat();
    if (!stat.isFile()) throw new UserError(`cannot read ${file}: not a regular file`);
    const source = await safetensorsSource(readerOf(opened, file), stat.size, file);
    return { ...source, close: () => opened.close() };
  } catch (error) {
    await handle?.close();
    throw fileError(error, file, "read");
  }
}

const readerOf =
  (handle: fs.FileHandle, file: string): ReadBytes =>
  async (begin, end) => {
    const bytes = new Uint8Array(end - begin);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, begin + done);
      if (bytesRead === 0) throw new UserError(`${file}: cut short: it ends at byte ${begin + done}`);
      done += bytesRead;
    }
    return bytes;
  };

/** Writes a safetensors file, whole or not at all. */
export function writeSafetensors(file: string, tensors: Tensors, metadata: Metadata = {}): void {
  writeFileAtomic(file, safetensorsParts(tensors, metadata));
}
