/** JPEG, PNG and WebP files in: PNG by pngjs, the others by sharp. How large a picture gets is checked before it is decoded. */

import * as fs from "node:fs";
import * as path from "node:path";
import { messageOf, quote, UserError } from "../errors.ts";
import type { Picture } from "../pictures/picture.ts";
import { naturalOrder } from "../text/natural.ts";
import { fileError, readFileBounded } from "./files.ts";
import { decodePng, MAX_FILE_BYTES, MAX_PIXELS, type NamedPicture, type PngLimits } from "./png.ts";

export type PictureFormat = "jpeg" | "png" | "webp";

const EXTENSIONS = [".jpg", ".jpeg", ".png", ".webp"];

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  bytes.length >= at + text.length && [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));

/** A file's format by its first bytes, not by its name; null if it is not one of these. */
export function pictureFormat(bytes: Uint8Array): PictureFormat | null {
  if (startsWith(bytes, "\xff\xd8\xff")) return "jpeg";
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n")) return "png";
  return startsWith(bytes, "RIFF") && startsWith(bytes, "WEBP", 8) ? "webp" : null;
}

function refuse(bytes: Uint8Array, where: string): never {
  if (bytes.length === 0) throw new UserError(`${where}: an empty file, not a picture`);
  const known = startsWith(bytes, "GIF8") ? "GIF" : startsWith(bytes, "ftyp", 4) ? "HEIC, AVIF or video" : null;
  throw new UserError(`${where}: ${known ? `a ${known} file` : "not a picture that can be read"}; JPEG, PNG and WebP are`);
}

/** The most pixels that one byte of a JPEG can encode: a Huffman code takes at least one bit for 64 pixels; four times that, to be safe. */
const JPEG_DENSITY = 2048;

type Sharp = typeof import("sharp").default;

/** sharp's binary differs from machine to machine, and may not have been installed. */
async function loadSharp(): Promise<Sharp> {
  try {
    return (await import("sharp")).default;
  } catch (error) {
    throw new UserError(
      `JPEG and WebP are read by the package sharp, which does not start here (${quote(messageOf(error).split("\n")[0])})`,
    );
  }
}

/** By sharp: one size check on the header, then the pixels as sRGB (an embedded profile is applied), turned by the EXIF orientation. */
async function decodeBySharp(bytes: Uint8Array, where: string, maxPixels: number): Promise<Picture> {
  const sharp = await loadSharp();
  const options = { failOn: "warning", limitInputPixels: maxPixels } as const;
  try {
    const { width, height, format } = await sharp(bytes, { ...options, limitInputPixels: false }).metadata();
    if (width * height > maxPixels) throw new UserError(`${where}: ${width}x${height} pixels, more than the limit of ${maxPixels}`);
    if (format === "jpeg" && width * height > JPEG_DENSITY * bytes.length) {
      throw new UserError(`${where}: JPEG cut short: ${bytes.length} bytes cannot hold ${width}x${height} pixels`);
    }
    const pixels = sharp(bytes, options).autoOrient().toColourspace("srgb").ensureAlpha().raw({ depth: "uchar" });
    const { data, info } = await pixels.toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${where}: damaged or cut short (${quote(messageOf(error).split("\n")[0])})`);
  }
}

/**
 * Decodes a JPEG, PNG or WebP picture (of an animation the first frame) to 8-bit RGBA.
 * Something else, damaged, cut short, or larger than the limit (checked before anything is decoded): UserError.
 */
export async function decodeImage(bytes: Uint8Array, where: string, limits: PngLimits = {}): Promise<Picture> {
  const format = pictureFormat(bytes);
  if (format === null) refuse(bytes, where);
  return format === "png" ? decodePng(bytes, where, limits) : decodeBySharp(bytes, where, limits.maxPixels ?? MAX_PIXELS);
}

/** Reads one JPEG, PNG or WebP file; see `decodeImage`. */
export async function readImage(file: string, limits: PngLimits = {}): Promise<NamedPicture> {
  return { path: file, ...(await decodeImage(readFileBounded(file, MAX_FILE_BYTES), file, limits)) };
}

/** The pictures of a directory (not of those below it) by their file names, in natural order. */
function listFolder(folder: string): string[] {
  const isPicture = (name: string): boolean => !name.startsWith(".") && EXTENSIONS.includes(path.extname(name).toLowerCase());
  const names = fs.readdirSync(folder).filter(isPicture);
  if (names.length === 0) throw new UserError(`${folder}: no JPEG, PNG or WebP files in this folder`);
  return names.sort(naturalOrder).map((name) => path.join(folder, name));
}

/** The picture files that paths name: a file stands for itself, a folder for its pictures in natural order (2.jpg before 10.jpg). */
export function listImages(paths: readonly string[]): string[] {
  if (paths.length === 0) throw new UserError("no pictures given: name JPEG, PNG or WebP files, or a folder that holds some");
  return paths.flatMap((entry) => {
    try {
      return fs.statSync(entry).isDirectory() ? listFolder(entry) : [entry];
    } catch (error) {
      throw fileError(error, entry, "read");
    }
  });
}
