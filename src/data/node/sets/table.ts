/** Tables (CSV files) of paths and labels as data sets. */

import * as path from "node:path";
import { UserError } from "../../errors.ts";
import { fromTable, type TableFields } from "../../sets/table.ts";
import type { DataSet } from "../../sets/types.ts";
import { readFileBounded } from "../files.ts";
import { pictureFile } from "./pictures.ts";

/** 1 GiB of text is beyond any table that is meant. */
const MAX_BYTES = 2 ** 30;

/**
 * A data set of a CSV file (UTF-8), for instance
 * `csvTable("birds.csv", { x: { picture: "file", size: 64 }, y: { classes: "kind" }, box: { numbers: ["left", "top", "width", "height"] } })`.
 * Paths are relative to `root`; default: the folder of the CSV file. The headers of all pictures are read now. See `fromTable`.
 */
export async function csvTable(file: string, fields: TableFields, { root = path.dirname(file) } = {}): Promise<DataSet> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(readFileBounded(file, MAX_BYTES));
  } catch (error) {
    throw error instanceof UserError ? error : new UserError(`${file}: not a text in UTF-8`);
  }
  return fromTable(text, fields, (name, where) => pictureFile(path.resolve(root, name), where), file);
}
