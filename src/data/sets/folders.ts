/** Pictures in folders, whose names are their classes. */

import { UserError } from "../errors.ts";
import { naturalOrder } from "../text/natural.ts";
import { classColumn, fromColumns } from "./columns.ts";
import { pictureColumn, type PictureOptions, type PictureSource } from "./pictures.ts";
import type { DataSet } from "./types.ts";

/** A picture and the folders that it lies in, below the one that was named: `["roses", "old", "1.jpg"]`. */
export interface PlacedPicture {
  readonly source: PictureSource;
  readonly path: readonly string[];
}

/** Whether a file is taken for a picture, by its name: .jpg, .jpeg, .png or .webp, and not hidden. */
export const isPictureName = (name: string): boolean => !name.startsWith(".") && /\.(jpe?g|png|webp)$/i.test(name);

/**
 * The fields x (pictures) and y (classes: the uppermost folders, in natural order). Pictures without a folder have no classes, and only x.
 * No pictures, or some in folders and some beside them: UserError that names `where`.
 */
export async function fromFolders(pictures: readonly PlacedPicture[], options: PictureOptions, where: string): Promise<DataSet> {
  if (pictures.length === 0) throw new UserError(`${where}: no JPEG, PNG or WebP files here`);
  const sorted = [...pictures].sort((a, b) => comparePaths(a.path, b.path));
  const loose = sorted.filter(({ path }) => path.length === 1);
  if (loose.length > 0 && loose.length < sorted.length) {
    throw new UserError(
      `${where}: ${loose[0].source.where} lies beside folders of pictures: either every picture is in the folder of its class, or none`,
    );
  }
  const sources = sorted.map(({ source }) => source);
  const x = await pictureColumn(sources, options);
  const at = (i: number): string => sources[i].where;
  if (loose.length > 0) return fromColumns({ x }, at);
  const classes = [...new Set(sorted.map(({ path }) => path[0]))];
  const numbers = new Map(classes.map((name, i) => [name, i]));
  const y = classColumn(
    sorted.map(({ path }) => numbers.get(path[0]) as number),
    classes,
  );
  return fromColumns({ x, y }, at);
}

/** Folder by folder, each in natural order. */
function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const order = naturalOrder(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
