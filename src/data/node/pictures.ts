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

/** The UserError for a file that is no picture that can be read, by its first bytes. */
export function refusePicture(bytes: Uint8Array, where: string): never {
  if (bytes.length === 0) throw new UserError(`${where}: an empty file, not a picture`);
  const known = startsWith(bytes, "GIF8") ? "GIF" : startsWith(bytes, "ftyp", 4) ? "HEIC, AVIF or video" : null;
  const what = known ? `a ${known} file, which cannot be read` : "not a picture that can be read";
  throw new UserError(`${where}: ${what}; JPEG, PNG and WebP pictures can`);
}

/** The most pixels that one byte of a JPEG can encode: a Huffman code takes at least one bit for 64 pixels; four times that, to be safe. */
const JPEG_DENSITY = 2048;

export interface DecodeOptions extends PngLimits {
  /** A JPEG or WebP picture of more than `maxPixels` (up to four times as many by default) comes smaller, instead of being refused. */
  readonly shrink?: boolean;
  /** A JPEG may come with its sides halved up to three times, as long as they stay as long as this. It is decoded in a fraction of the time. */
  readonly least?: { readonly width: number; readonly height: number };
}

/** The most pixels of a picture that is made smaller: a JPEG's coefficients alone take three bytes for each. */
const MOST_SHRUNK = 2 ** 28;

/** A picture, perhaps smaller than its file's. */
export interface DecodedPicture extends Picture {
  /** In pixels, as the file has it. */
  readonly original: { readonly width: number; readonly height: number };
}

type Sharp = typeof import("sharp").default;

/** sharp's binary differs from machine to machine, and may not have been installed. */
async function loadSharp(): Promise<Sharp> {
  try {
    return (await import("sharp")).default;
  } catch (error) {
    if ((error as NodeJS.ErrnoException | null)?.code === "ERR_MODULE_NOT_FOUND")
      throw new UserError("JPEG and WebP are read by the package sharp, which is not installed: npm install sharp");
    throw new UserError(
      `JPEG and WebP are read by the package sharp, which does not start here (${quote(messageOf(error).split("\n")[0])})`,
    );
  }
}

/** By sharp: one size check on the header, then the pixels as sRGB (an embedded profile is applied), turned by the EXIF orientation. */
async function decodeBySharp(bytes: Uint8Array, where: string, asked: DecodeOptions): Promise<DecodedPicture> {
  const { maxPixels = MAX_PIXELS, least, shrink = false } = asked;
  const most = shrink ? Math.max(maxPixels, MOST_SHRUNK) : maxPixels;
  const sharp = await loadSharp();
  const options = { failOn: "warning", limitInputPixels: most } as const;
  try {
    const { width, height, format, autoOrient } = await sharp(bytes, { ...options, limitInputPixels: false }).metadata();
    if (width * height > most) throw new UserError(`${where}: ${width}x${height} pixels, more than the limit of ${most}`);
    if (format === "jpeg" && width * height > JPEG_DENSITY * bytes.length) {
      throw new UserError(`${where}: JPEG cut short: ${bytes.length} bytes cannot hold ${width}x${height} pixels`);
    }
    const image = sharp(bytes, options).autoOrient();
    const halved = least && format === "jpeg" ? halvings(autoOrient, least) : 1;
    const divided = Math.max(halved, Math.ceil(Math.sqrt((width * height) / maxPixels)));
    // Of a JPEG, halved is what libjpeg gives when it skips the finer frequencies, so that nothing is resampled.
    if (divided > 1) image.resize(Math.ceil(autoOrient.width / divided), Math.ceil(autoOrient.height / divided), { fit: "fill" });
    const pixels = image.toColourspace("srgb").ensureAlpha().raw({ depth: "uchar" });
    const { data, info } = await pixels.toBuffer({ resolveWithObject: true });
    const { width: w, height: h } = autoOrient;
    return {
      width: info.width,
      height: info.height,
      data: new Uint8Array(data.buffer, data.byteOffset, data.length),
      original: { width: w, height: h },
    };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${where}: damaged or cut short (${quote(messageOf(error).split("\n")[0])})`);
  }
}

/** By how much both sides can be divided: 1, 2, 4 or 8. */
function halvings(size: { width: number; height: number }, least: { width: number; height: number }): number {
  const factor = Math.min(8, size.width / least.width, size.height / least.height);
  return factor < 2 ? 1 : 2 ** Math.floor(Math.log2(factor));
}

/**
 * Decodes a JPEG, PNG or WebP picture (of an animation the first frame) to 8-bit RGBA.
 * Something else, damaged, cut short, or larger than the limit (checked before anything is decoded): UserError.
 */
export async function decodeImage(bytes: Uint8Array, where: string, options: DecodeOptions = {}): Promise<DecodedPicture> {
  const format = pictureFormat(bytes);
  if (format === null) refusePicture(bytes, where);
  if (format !== "png") return decodeBySharp(bytes, where, options);
  const picture = decodePng(bytes, where, options);
  return { ...picture, original: { width: picture.width, height: picture.height } };
}

/** The bytes of a picture file. Longer than any picture: UserError. */
export const readPictureFile = (file: string): Uint8Array => readFileBounded(file, MAX_FILE_BYTES);

/** Reads one JPEG, PNG or WebP file; see `decodeImage`. */
export async function readImage(file: string, options: DecodeOptions = {}): Promise<NamedPicture & DecodedPicture> {
  return { path: file, ...(await decodeImage(readPictureFile(file), file, options)) };
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
