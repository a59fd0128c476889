/** Shared by the tests of `data`: temporary directories, and "this must be a UserError". */

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { deflateSync } from "node:zlib";
import * as assert from "uvu/assert";
import { UserError } from "../../src/data/errors.ts";

/** Runs `use` with a fresh directory, which is removed afterwards. */
export function withDirectory<T>(use: (directory: string) => T): T {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "intarsia-data-"));
  try {
    return use(directory);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** `run` must throw a UserError whose message is one line and matches. */
export function refused(run: () => unknown, message: RegExp): void {
  try {
    run();
  } catch (error) {
    assert.instance(error, UserError, `not a UserError: ${String(error)}`);
    const text = (error as UserError).message;
    assert.match(text, message);
    assert.not.match(text, /\n/);
    return;
  }
  assert.unreachable(`not refused: ${message}`);
}

/** The same for what rejects. */
export async function refusedLater(run: Promise<unknown>, message: RegExp): Promise<void> {
  const outcome = await run.then(
    () => null,
    (error: unknown) => ({ error }),
  );
  refused(() => {
    if (outcome) throw outcome.error;
  }, message);
}

/** As `withDirectory`, for what takes time. */
export async function withDirectoryLater<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "intarsia-data-"));
  try {
    return await use(directory);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

export const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

/** Bytes, in a form that a failing comparison prints readably. */
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ -1) >>> 0;
}

/** One chunk of a PNG file, with a right checksum. */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** The header chunk of a PNG file. */
export function pngHeader(width: number, height: number, depth = 8, colour = 0, interlace = 0): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([depth, colour, 0, 0, interlace], 8);
  return pngChunk("IHDR", data);
}

/** A PNG file from chunks of one's own. */
export function pngFile(...chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...chunks, pngChunk("IEND", new Uint8Array())]),
  );
}

/** The data chunk that holds these scanlines. */
export const pngData = (scanlines: Uint8Array): Buffer => pngChunk("IDAT", deflateSync(scanlines));
