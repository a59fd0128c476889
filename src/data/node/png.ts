/** PNG files in and out, by pngjs. What it does not check is checked first: how much memory the picture will take. */

import { inflateSync } from "node:zlib";
import { PNG } from "pngjs";
import { messageOf, UserError } from "../errors.ts";
import { orientationOf, oriented } from "../pictures/orientation.ts";
import type { Picture } from "../pictures/picture.ts";
import { readFileBounded, writeFileAtomic } from "./files.ts";

/** A picture and the file it came from. */
export interface NamedPicture extends Picture {
  readonly path: string;
}

export interface PngLimits {
  /** Most pixels of a picture: 64 Mi by default, which takes 256 MiB decoded. */
  readonly maxPixels?: number;
}

export const MAX_PIXELS = 2 ** 26;
/** pngjs keeps an object for each row, so that a picture one pixel wide and 64 million high would take gigabytes. */
const MAX_SIDE = 65_535;
/** Scanlines as PNG stores them take at most 8 bytes a pixel (16-bit RGBA); 1 GiB of file is beyond any use. */
export const MAX_FILE_BYTES = 2 ** 30;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Samples of a pixel and allowed bit depths, by colour type (PNG specification, table 11.1). */
const COLOUR_TYPES: Readonly<Record<number, { samples: number; depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};
/** Adam7: offset and distance of each pass's pixels, across and down (PNG specification, section 8.2). */
const ADAM7 = [
  [0, 8, 0, 8],
  [4, 8, 0, 8],
  [0, 4, 4, 8],
  [2, 4, 0, 4],
  [0, 2, 2, 4],
  [1, 2, 0, 2],
  [0, 1, 1, 2],
] as const;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: number;
  readonly interlaced: boolean;
}

function refuseSignature(bytes: Uint8Array, where: string): never {
  if (bytes.length === 0) throw new UserError(`${where}: an empty file, not a PNG picture`);
  const known = bytes[0] === 0xff && bytes[1] === 0xd8 ? "a JPEG picture" : bytes[0] === 0x47 && bytes[1] === 0x49 ? "a GIF picture" : null;
  throw new UserError(known ? `${where}: ${known}, not a PNG; convert it to PNG first` : `${where}: not a PNG picture`);
}

function parseHeader(chunk: Uint8Array, maxPixels: number, where: string): Header {
  if (chunk.length !== 13) throw new UserError(`${where}: damaged PNG: its header chunk has ${chunk.length} bytes, expected 13`);
  const view = new DataView(chunk.buffer, chunk.byteOffset, 13);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType, , , interlace] = chunk.subarray(8);
  const colour = COLOUR_TYPES[colourType];
  if (!colour?.depths.includes(depth))
    throw new UserError(`${where}: damaged PNG: colour type ${colourType} with ${depth} bits does not exist`);
  if (width === 0 || height === 0) throw new UserError(`${where}: damaged PNG: ${width}x${height} pixels`);
  if (width * height > maxPixels || width > MAX_SIDE || height > MAX_SIDE) {
    throw new UserError(`${where}: ${width}x${height} pixels, more than the limit of ${maxPixels} pixels and ${MAX_SIDE} a side`);
  }
  return { width, height, bitsPerPixel: colour.samples * depth, interlaced: interlace === 1 };
}

/** Bytes of all scanlines, each with its filter byte: what the picture's data must inflate to. */
function scanlineBytes({ width, height, bitsPerPixel, interlaced }: Header): number {
  const pass = (w: number, h: number): number => (w > 0 && h > 0 ? h * (1 + Math.ceil((w * bitsPerPixel) / 8)) : 0);
  if (!interlaced) return pass(width, height);
  return ADAM7.reduce((sum, [x, dx, y, dy]) => sum + pass(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)), 0);
}

interface Chunks {
  readonly header: Header;
  readonly data: Uint8Array[];
  readonly exif: Uint8Array | null;
  /** Up to the end of the last chunk. */
  readonly length: number;
}

/** Walks the chunks: the header, the compressed data, the EXIF orientation. */
function walkChunks(bytes: Uint8Array, maxPixels: number, where: string): Chunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let header: Header | undefined;
  let exif: Uint8Array | null = null;
  for (let at = SIGNATURE.length; ; ) {
    if (at + 12 > bytes.length) throw new UserError(`${where}: PNG cut short at byte ${bytes.length}`);
    const size = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 12 + size;
    if (end > bytes.length)
      throw new UserError(`${where}: PNG cut short: its ${JSON.stringify(type)} chunk needs ${end} bytes, the file has ${bytes.length}`);
    const content = bytes.subarray(at + 8, end - 4);
    if ((header === undefined) !== (type === "IHDR"))
      throw new UserError(`${where}: damaged PNG: its header must be the first chunk, and the only one`);
    header ??= parseHeader(content, maxPixels, where);
    if (type === "IDAT") data.push(content);
    if (type === "eXIf") exif ??= content;
    at = end;
    if (type === "IEND") return { header, data, exif, length: end };
  }
}

/** Inflates the data once, bounded by what the header promises, so that pngjs only ever sees data of exactly the right size. */
function checkData(header: Header, data: readonly Uint8Array[], where: string): void {
  const expected = scanlineBytes(header);
  let found: number;
  try {
    found = inflateSync(Buffer.concat(data), { maxOutputLength: expected }).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new UserError(
        `${where}: damaged PNG: its data inflate to more than the ${expected} bytes of ${header.width}x${header.height} pixels`,
      );
    }
    throw new UserError(`${where}: damaged PNG data (${messageOf(error)})`);
  }
  if (found !== expected) {
    throw new UserError(`${where}: PNG cut short: ${header.width}x${header.height} pixels need ${expected} bytes, its data hold ${found}`);
  }
}

/**
 * Decodes any PNG (grey, colour, palette, with or without alpha, 1 to 16 bits, interlaced or not) to 8-bit RGBA, turned as its eXIf chunk says.
 * Not a PNG, damaged, cut short, or larger than the limit (checked before anything is decoded): UserError.
 */
export function decodePng(bytes: Uint8Array, where: string, { maxPixels = MAX_PIXELS }: PngLimits = {}): Picture {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) refuseSignature(bytes, where);
  const { header, data, exif, length } = walkChunks(bytes, maxPixels, where);
  checkData(header, data, where);
  try {
    const png = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, length));
    const pixels = new Uint8Array(png.data.buffer, png.data.byteOffset, png.data.length);
    return oriented({ width: png.width, height: png.height, data: pixels }, exif ? orientationOf(exif) : 1);
  } catch (error) {
    throw new UserError(`${where}: damaged PNG (${messageOf(error)})`);
  }
}

/** Encodes an 8-bit RGBA picture; one that is opaque is stored without alpha. */
export function encodePng({ width, height, data }: Picture): Uint8Array {
  if (data.length !== 4 * width * height) throw new RangeError(`encodePng: ${width}x${height} pixels need ${4 * width * height} bytes`);
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.length);
  let opaque = true;
  for (let at = 3; at < data.length && opaque; at += 4) opaque = data[at] === 255;
  return PNG.sync.write(png, { colorType: opaque ? 2 : 6 });
}

/** Reads one PNG file. */
export function readPng(file: string, limits: PngLimits = {}): NamedPicture {
  return { path: file, ...decodePng(readFileBounded(file, MAX_FILE_BYTES), file, limits) };
}

/** Writes one PNG file, whole or not at all. */
export function writePng(file: string, picture: Picture): void {
  writeFileAtomic(file, encodePng(picture));
}
