/** Data sets of what a person chose or dropped in a page. */

import { naturalOrder } from "../text/natural.ts";
import { bitmapPixels, blobSize, decodeBlob } from "../pictures/browser.ts";
import { classColumn, fromColumns } from "./columns.ts";
import { fromFolders, isPictureName } from "./folders.ts";
import { pictureColumn, type PictureOptions, type PictureSource } from "./pictures.ts";
import type { DataSet } from "./types.ts";

/** A picture file of a page. */
export function fileSource(file: File, where = pathOf(file)): PictureSource {
  return { where, size: () => blobSize(file, where), decode: () => decodeBlob(file, where) };
}

/**
 * The pictures among the files of an `<input>` or a drop; others are passed over. With `webkitdirectory` the folders in the chosen folder are
 * the classes. Fields and errors are those of `fromFolders`.
 */
export function fromFiles(files: Iterable<File>, options: PictureOptions = {}): Promise<DataSet> {
  const pictures = [...files].filter(({ name }) => isPictureName(name));
  const placed = pictures.map((file) => ({ source: fileSource(file), path: file.webkitRelativePath.split("/").slice(1) }));
  return fromFolders(
    placed.map(({ source, path }) => ({ source, path: path.length > 0 ? path : [source.where] })),
    options,
    "the chosen files",
  );
}

/** Bitmaps, which stay open as long as the data set is used; `labels` names the class of each. The fields are x and, with labels, y. */
export async function fromBitmaps(
  bitmaps: readonly ImageBitmap[],
  { labels, ...options }: PictureOptions & { readonly labels?: readonly string[] } = {},
): Promise<DataSet> {
  const sources = bitmaps.map((bitmap, i): PictureSource => {
    const where = `picture ${i}`;
    const { width, height } = bitmap;
    return { where, size: async () => ({ width, height }), decode: async () => bitmapPixels(bitmap, where) };
  });
  const x = await pictureColumn(sources, options);
  if (!labels) return fromColumns({ x });
  const classes = [...new Set(labels)].sort(naturalOrder);
  const y = classColumn(
    labels.map((label) => classes.indexOf(label)),
    classes,
  );
  return fromColumns({ x, y });
}

const pathOf = (file: File): string => file.webkitRelativePath || file.name;
