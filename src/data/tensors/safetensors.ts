/**
 * safetensors (https://github.com/huggingface/safetensors#format): the length of the header as u64, the header as JSON
 * (name -> { dtype, shape, data_offsets }, and `__metadata__`: string -> string), then the elements of all tensors without gaps.
 * The file is checked before anything is taken from it; nothing is allocated by a number that the file states.
 */

import { messageOf, quote, UserError } from "../errors.ts";
import { findDuplicateKey } from "../text/json.ts";
import { foreignFormat } from "./foreign.ts";
import {
  tensorBytes,
  checkTensor,
  elementCount,
  type FileTensor,
  isTensorDType,
  itemBytes,
  type TensorDType,
  viewBytes,
} from "./tensor.ts";

export type Tensors = Readonly<Record<string, FileTensor>>;
export type Metadata = Readonly<Record<string, string>>;

/** Where a tensor lies: bytes `begin`..`end` after the header. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: TensorDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order in which they lie in the file. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Metadata;
}

/** What the format's own library allows. */
const MAX_HEADER_BYTES = 100_000_000;
export const LENGTH_BYTES = 8;

/** The header's length from the first 8 bytes. `fileBytes` is the length of the whole file. */
export function parseHeaderLength(first: Uint8Array, fileBytes: number, where: string): number {
  const refuse = (why: string, foreign = foreignFormat(first)): never => {
    throw new UserError(`${where}: ${foreign ? `not a safetensors file but ${foreign}` : why}`);
  };
  if (first.length < LENGTH_BYTES) return refuse(`not a safetensors file: ${fileBytes} bytes, too short for a header`);
  const length = new DataView(first.buffer, first.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) refuse(`not a safetensors file (a header of ${length} bytes)`);
  const needed = Number(length) + LENGTH_BYTES;
  const cut = `cut short: its header alone needs ${needed} bytes, the file has ${fileBytes}`;
  // A header of 640 bytes begins like a pickle; one of millions is no header.
  if (needed > fileBytes) refuse(cut, needed < 2 ** 24 ? null : foreignFormat(first));
  return Number(length);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function parseJson(bytes: Uint8Array, where: string): Record<string, unknown> {
  let root: unknown;
  let duplicate: string | null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    root = JSON.parse(text);
    duplicate = findDuplicateKey(text);
  } catch (error) {
    throw new UserError(`${where}: not a safetensors file: its header is not JSON (${quote(messageOf(error))})`);
  }
  if (!isObject(root)) throw new UserError(`${where}: not a safetensors file: its header is not a JSON object`);
  if (duplicate !== null) throw new UserError(`${where}: its header names ${quote(duplicate)} twice`);
  return root;
}

function parseMetadata(value: unknown, where: string): Metadata {
  if (!isObject(value)) throw new UserError(`${where}: __metadata__ is not an object`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") throw new UserError(`${where}: __metadata__ ${quote(key)} is not a text`);
  }
  return value as Metadata;
}

function parseEntry(name: string, value: unknown, where: string): TensorEntry {
  const at = `${where}: tensor ${quote(name)}`;
  if (!isObject(value)) throw new UserError(`${at} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isTensorDType(dtype)) throw new UserError(`${at} has the element type ${quote(String(dtype))}, which is not supported`);
  if (!Array.isArray(shape)) throw new UserError(`${at} has no shape`);
  const count = elementCount(shape);
  if (count === null) throw new UserError(`${at} has the impossible shape ${quote(JSON.stringify(shape))}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new UserError(`${at} has the impossible data_offsets ${quote(JSON.stringify(offsets) ?? "nothing")}`);
  }
  const [begin, end]: number[] = offsets;
  if (end - begin !== count * itemBytes(dtype)) {
    throw new UserError(
      `${at}: ${dtype} [${shape.join(", ")}] needs ${count * itemBytes(dtype)} bytes, its data_offsets give ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/**
 * Parses the header's JSON and checks it against the number of data bytes that follow it: the tensors must fill them exactly,
 * without overlap or gap. Anything else: UserError.
 */
export function parseHeader(json: Uint8Array, dataBytes: number, where: string): SafetensorsHeader {
  const { __metadata__: metadata, ...tensors } = parseJson(json, where);
  const entries = Object.entries(tensors).map(([name, value]) => parseEntry(name, value, where));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at)
      throw new UserError(`${where}: tensor ${quote(name)} begins at byte ${begin}, expected ${at}: ${begin < at ? "overlap" : "gap"}`);
    at = end;
  }
  if (at !== dataBytes) {
    throw new UserError(
      `${where}: ${at > dataBytes ? "cut short" : "too long"}: its tensors need ${at} bytes, the file holds ${dataBytes}`,
    );
  }
  return { entries, metadata: metadata === undefined ? {} : parseMetadata(metadata, where) };
}

/** A record of tensors by name, safe for every name (also `__proto__`). */
export function collectTensors(header: SafetensorsHeader, read: (entry: TensorEntry) => Uint8Array): Tensors {
  return Object.fromEntries(
    header.entries.map((entry) => [entry.name, { dtype: entry.dtype, shape: entry.shape, data: viewBytes(read(entry), entry.dtype) }]),
  );
}

/** Reads a whole safetensors file from memory. The tensors are views of `bytes` (copies where the file is not aligned). */
export function decodeSafetensors(bytes: Uint8Array, where: string): { tensors: Tensors; metadata: Metadata } {
  const start = LENGTH_BYTES + parseHeaderLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, where);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, start), bytes.length - start, where);
  return { tensors: collectTensors(header, ({ begin, end }) => bytes.subarray(start + begin, start + end)), metadata: header.metadata };
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * A safetensors file as byte runs to be written one after another (header, then each tensor's own memory, not copied).
 * The same tensors and metadata give the same bytes: tensors by falling element size, then by name, so that every one is aligned.
 */
export function safetensorsParts(tensors: Tensors, metadata: Metadata = {}): Uint8Array[] {
  const names = Object.keys(tensors);
  if (names.includes("__metadata__")) throw new RangeError('a tensor must not be called "__metadata__"');
  for (const name of names) checkTensor(name, tensors[name]);
  names.sort((a, b) => itemBytes(tensors[b].dtype) - itemBytes(tensors[a].dtype) || byText(a, b));
  const notes = Object.keys(metadata).sort(byText);
  const header: [string, unknown][] =
    notes.length > 0 ? [["__metadata__", Object.fromEntries(notes.map((key) => [key, metadata[key]]))]] : [];
  let at = 0;
  for (const name of names) {
    const { dtype, shape, data } = tensors[name];
    header.push([name, { dtype, shape, data_offsets: [at, at + data.byteLength] }]);
    at += data.byteLength;
  }
  return [encodeHeader(header), ...names.map((name) => tensorBytes(tensors[name].data))];
}

/** Length and JSON, padded with spaces so that the data begin at a multiple of 8. Written by hand: JSON.stringify reorders keys like "7". */
function encodeHeader(entries: readonly (readonly [string, unknown])[]): Uint8Array {
  const json = new TextEncoder().encode(
    `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`,
  );
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

/** Byte runs as one. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A safetensors file in memory; see `safetensorsParts`. */
export function encodeSafetensors(tensors: Tensors, metadata: Metadata = {}): Uint8Array {
  return concatBytes(safetensorsParts(tensors, metadata));
}
