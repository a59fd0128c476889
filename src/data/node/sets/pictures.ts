/** Folders of picture files as data sets. */

import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../errors.ts";
import { HEADER_BYTES, pictureHeader } from "../../pictures/header.ts";
import { fromFolders, isPictureName, type PlacedPicture } from "../../sets/folders.ts";
import type { PictureOptions, PictureSource } from "../../sets/pictures.ts";
import type { DataSet } from "../../sets/types.ts";
import { fileError, readFully, withFile } from "../files.ts";
import { decodeImage, readPictureFile, refusePicture } from "../pictures.ts";

/**
 * A folder of JPEG, PNG and WebP files. The folders in it are the classes, in natural order, with all pictures below them: the fields are x
 * (f32 [C, H, W]) and y (i32 []). A folder that holds only pictures gives x alone. Hidden files and other kinds of files are passed over.
 * The headers of all files are read now: one that is no picture, or a class without pictures, is a UserError.
 */
export async function imageFolder(folder: string, options: PictureOptions = {}): Promise<DataSet> {
  try {
    if (!fs.statSync(folder).isDirectory()) throw new UserError(`${folder}: not a folder`);
    return await fromFolders(listPlaced(folder), options, folder);
  } catch (error) {
    const { code, path: file = folder } = error as NodeJS.ErrnoException;
    throw code ? fileError(error, file, "read") : error;
  }
}

/** A picture file. `where` is what messages call it. */
export function pictureFile(file: string, where = file): PictureSource {
  return {
    where,
    size: async () => naming(file, where, () => fileSize(file)),
    decode: (least) => naming(file, where, () => decodeImage(readPictureFile(file), file, { least })),
  };
}

/** Runs `use`; the message of a UserError about `file` says where it is named. */
async function naming<T>(file: string, where: string, use: () => T | Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw error instanceof UserError && where !== file ? new UserError(`${where}: ${error.message}`) : error;
  }
}

function fileSize(file: string): { width: number; height: number } {
  return withFile(file, (fd, size) => {
    const read = (length: number): Uint8Array => {
      const bytes = new Uint8Array(Math.min(length, size));
      readFully(fd, bytes, 0, file);
      return bytes;
    };
    const first = read(HEADER_BYTES);
    let header = pictureHeader(first);
    if (header === "more" && size > HEADER_BYTES) header = pictureHeader(read(size));
    if (header === "more") throw new UserError(`${file}: cut short: it ends in its header`);
    return header ?? refusePicture(first, file);
  });
}

/** The pictures in a folder and below the folders in it. A folder in it without any: UserError. */
function listPlaced(folder: string): PlacedPicture[] {
  return entriesOf(folder).flatMap((name): PlacedPicture[] => {
    const found = picturesBelow(folder, [name], new Set());
    if (found.length === 0 && fs.statSync(path.join(folder, name)).isDirectory()) {
      throw new UserError(`${path.join(folder, name)}: a class without JPEG, PNG or WebP files`);
    }
    return found;
  });
}

/** `above`: the folders that it lies in, so that a link to one of them is not followed for ever. */
function picturesBelow(root: string, place: readonly string[], above: ReadonlySet<string>): PlacedPicture[] {
  const file = path.join(root, ...place);
  if (!fs.statSync(file).isDirectory()) return isPictureName(place[place.length - 1]) ? [{ source: pictureFile(file), path: place }] : [];
  const real = fs.realpathSync(file);
  if (above.has(real)) return [];
  return entriesOf(file).flatMap((name) => picturesBelow(root, [...place, name], new Set([...above, real])));
}

const entriesOf = (folder: string): string[] => fs.readdirSync(folder).filter((name) => !name.startsWith("."));
