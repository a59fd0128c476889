/** A folder of files as a source, which remembers what was read of it. */

import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { imagesFileOf, labelsFileOf } from "../../catalogue/mnist.ts";
import type { SourceFolder } from "../../catalogue/types.ts";
import { encodeIdx } from "../../tensors/idx.ts";
import { loadDigits } from "../digits.ts";
import { readFileBounded, withFileErrors } from "../files.ts";
import { decodeImage } from "../pictures.ts";
import { MAX_FILE_BYTES } from "../png.ts";

/** A source whose files were read. */
export interface OpenedSource {
  readonly folder: SourceFolder;
  /** SHA-256 of what was read so far, whatever the order: the files' paths and contents. */
  digest(): string;
}

export const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** SHA-256 of files by path. */
export const digestOf = (hashes: ReadonlyMap<string, string>): string =>
  sha256(
    [...hashes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([file, hash]) => `${hash}  ${file}\n`)
      .join(""),
  );

function opened(files: readonly string[], read: (file: string) => Uint8Array, where: (file: string) => string): OpenedSource {
  const hashes = new Map<string, string>();
  const bytes = async (file: string): Promise<Uint8Array> => {
    const content = read(file);
    hashes.set(file, sha256(content));
    return content;
  };
  return {
    folder: {
      files: [...files].sort((a, b) => (a < b ? -1 : 1)),
      bytes,
      picture: async (file) => decodeImage(await bytes(file), where(file)),
    },
    digest: () => digestOf(hashes),
  };
}

/** All files in a folder and below it. */
export function openFolder(folder: string): OpenedSource {
  const place = (file: string): string => path.join(folder, ...file.split("/"));
  const names = withFileErrors(folder, "read", () => fs.readdirSync(folder, { recursive: true, encoding: "utf8" }));
  const files = names
    .map((name) => name.split(path.sep).join("/"))
    .filter((name) => fs.statSync(place(name), { throwIfNoEntry: false })?.isFile());
  return opened(files, (file) => readFileBounded(place(file), MAX_FILE_BYTES), place);
}

/** MNIST's four files under their own names, inflated: of a directory, or of the npm package. */
export function openDigits(directory?: string): OpenedSource {
  const digits = loadDigits(directory);
  const contents = new Map(
    (["train", "test"] as const).flatMap((part) => {
      const { images, labels, count, height, width } = digits[part];
      return [
        [imagesFileOf(part), encodeIdx(images, [count, height, width])],
        [labelsFileOf(part), encodeIdx(labels, [count])],
      ];
    }),
  );
  return opened(
    [...contents.keys()],
    (file) => contents.get(file) ?? new Uint8Array(),
    (file) => file,
  );
}
