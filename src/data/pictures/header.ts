/** What the first bytes of a picture file say: its format and size, without decoding it. */

import { orientationOf } from "./orientation.ts";

export interface PictureHeader {
  readonly format: "jpeg" | "png" | "webp";
  /** In pixels, as the picture is meant to be seen: turned as the camera says. */
  readonly width: number;
  readonly height: number;
}

/** Bytes that hold the header of nearly every file. */
export const HEADER_BYTES = 2 ** 16;

/** Null: no JPEG, PNG or WebP picture, or a damaged one. "more": the header does not end in these bytes. */
export function pictureHeader(bytes: Uint8Array): PictureHeader | "more" | null {
  const text = (at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header =
    text(0, 3) === "\xff\xd8\xff"
      ? jpegHeader(bytes, view, text)
      : text(0, 8) === "\x89PNG\r\n\x1a\n"
        ? pngHeader(bytes, view, text)
        : text(0, 4) === "RIFF" && text(8, 4) === "WEBP"
          ? webpHeader(bytes, view, text)
          : null;
  return header === null || header === "more" || (header.width > 0 && header.height > 0) ? header : null;
}

type Text = (at: number, length: number) => string;

/** Segments up to the frame's (ITU T.81, B.2.2): SOF0 to SOF15 but for DHT, JPG and DAC, which lie among them. */
function jpegHeader(bytes: Uint8Array, view: DataView, text: Text): PictureHeader | "more" | null {
  let orientation = 1;
  for (let at = 2; ; ) {
    if (at + 9 > bytes.length) return "more";
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      return { format: "jpeg", ...(orientation >= 5 ? { width: height, height: width } : { width, height }) };
    }
    if (marker === 0xd9 || marker === 0xda) return null;
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === 0xe1 && text(at + 4, 6) === "Exif\0\0") orientation = orientationOf(bytes.subarray(at + 10, end));
    at = end;
  }
}

/** IHDR comes first; an eXIf chunk is heeded if it stands before the data (PNG specification, 3rd edition). */
function pngHeader(bytes: Uint8Array, view: DataView, text: Text): PictureHeader | "more" | null {
  if (bytes.length < 33) return "more";
  if (text(12, 4) !== "IHDR") return null;
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  for (let at = 33; at + 8 <= bytes.length && text(at + 4, 4) !== "IDAT"; at += 12 + view.getUint32(at)) {
    const end = at + 8 + view.getUint32(at);
    if (text(at + 4, 4) === "eXIf" && orientationOf(bytes.subarray(at + 8, end)) >= 5)
      return { format: "png", width: height, height: width };
  }
  return { format: "png", width, height };
}

/** The first chunk is lossy, lossless, or the extended format's (RFC 9649). */
function webpHeader(bytes: Uint8Array, view: DataView, text: Text): PictureHeader | "more" | null {
  if (bytes.length < 30) return "more";
  const kind = text(12, 4);
  if (kind === "VP8 ") return { format: "webp", width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (kind === "VP8L") {
    const bits = view.getUint32(21, true);
    return { format: "webp", width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  const u24 = (at: number): number => bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
  return kind === "VP8X" ? { format: "webp", width: u24(24) + 1, height: u24(27) + 1 } : null;
}
