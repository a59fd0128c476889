/**
 * PNG files whose bytes are the same on every machine: deflated by fflate, which is arithmetic on integers. The zlib that comes with Node
 * gives other bytes on other processors and in other versions.
 */

import { zlibSync } from "fflate";
import type { GreyPicture, Picture } from "./picture.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const GREY = 0;
const COLOUR = 2;
/** Rows stored as they are, or as differences to Paeth's prediction (PNG specification, section 9.2). */
const PLAIN = 0;
const PAETH = 4;

/** An opaque colour picture, 8 bits; alpha is left out. */
export function encodeColourPng({ width, height, data }: Picture): Uint8Array {
  const rows = new Uint8Array(height * (1 + 3 * width));
  const sample = (x: number, y: number, channel: number): number => (x < 0 || y < 0 ? 0 : data[4 * (y * width + x) + channel]);
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    rows[at++] = PAETH;
    for (let x = 0; x < width; x += 1)
      for (let c = 0; c < 3; c += 1)
        rows[at++] = sample(x, y, c) - paeth(sample(x - 1, y, c), sample(x, y - 1, c), sample(x - 1, y - 1, c));
  }
  return encode(width, height, COLOUR, rows);
}

/** A grey picture, 8 bits. */
export function encodeGreyPng({ width, height, pixels }: GreyPicture): Uint8Array {
  const rows = new Uint8Array(height * (1 + width));
  for (let y = 0; y < height; y += 1) {
    rows[y * (1 + width)] = PLAIN;
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (1 + width) + 1);
  }
  return encode(width, height, GREY, rows);
}

/** Which of left, up and upper left is nearest to left + up - upper left. */
function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function encode(width: number, height: number, colourType: number, rows: Uint8Array): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, colourType], 8);
  const chunks = [chunk("IHDR", header), chunk("IDAT", zlibSync(rows, { level: 6 })), chunk("IEND", new Uint8Array())];
  const bytes = new Uint8Array(SIGNATURE.length + chunks.reduce((sum, part) => sum + part.length, 0));
  bytes.set(SIGNATURE);
  let at = SIGNATURE.length;
  for (const part of chunks) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  for (let i = 0; i < 4; i += 1) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
  return c;
});

/** The CRC of the PNG specification, annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}
