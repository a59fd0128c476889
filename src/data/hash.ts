/**
 * XXH32, a fast 32-bit checksum (Yann Collet, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).
 * Every step is a bijection of its lane, so a change confined to one aligned 4-byte word is always seen; any other passes
 * with probability 2^-32. It guards against accidents, not against forgery.
 */

const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;

const rotateLeft = (x: number, r: number): number => (x << r) | (x >>> (32 - r));
const round = (lane: number, word: number): number => Math.imul(rotateLeft((lane + Math.imul(word, P2)) | 0, 13), P1);

/** The four lanes over the whole 16-byte stripes, merged. */
function stripes(view: DataView, seed: number, end: number): number {
  let a = (seed + P1 + P2) | 0;
  let b = (seed + P2) | 0;
  let c = seed | 0;
  let d = (seed - P1) | 0;
  for (let at = 0; at < end; at += 16) {
    a = round(a, view.getInt32(at, true));
    b = round(b, view.getInt32(at + 4, true));
    c = round(c, view.getInt32(at + 8, true));
    d = round(d, view.getInt32(at + 12, true));
  }
  return (rotateLeft(a, 1) + rotateLeft(b, 7) + rotateLeft(c, 12) + rotateLeft(d, 18)) | 0;
}

/** XXH32 of the bytes: an unsigned 32-bit number. */
export function xxh32(bytes: Uint8Array, seed = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = bytes.length - (bytes.length % 16); // not `& ~15`, which is signed 32-bit
  let h = bytes.length >= 16 ? stripes(view, seed, at) : (seed + P5) | 0;
  h = (h + bytes.length) | 0;
  for (; at + 4 <= bytes.length; at += 4) h = Math.imul(rotateLeft((h + Math.imul(view.getInt32(at, true), P3)) | 0, 17), P4);
  for (; at < bytes.length; at += 1) h = Math.imul(rotateLeft((h + Math.imul(bytes[at], P5)) | 0, 11), P1);
  h = Math.imul(h ^ (h >>> 15), P2);
  h = Math.imul(h ^ (h >>> 13), P3);
  return (h ^ (h >>> 16)) >>> 0;
}

/** XXH32 of a text's UTF-8 bytes. */
export function hashText(text: string, seed = 0): number {
  return xxh32(new TextEncoder().encode(text), seed);
}

/** A hash as eight hexadecimal digits. */
export function hex32(hash: number): string {
  return hash.toString(16).padStart(8, "0");
}
