/** `dataset.json`: what a prepared data set says of itself. It is the last file to be written, so that a folder that has it is whole. */

import * as fs from "node:fs";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Spec } from "../../catalogue/options.ts";
import type { Recipe } from "../../catalogue/types.ts";
import { UserError } from "../../errors.ts";
import { readFileBounded } from "../files.ts";
import { sha256 } from "./folder.ts";

export const DATASET_FILE = "dataset.json";
const FORMAT = "intarsia data set";

/** What names the bytes of a data set. */
export interface DataIdentity {
  readonly name: string;
  /** Of the generator. */
  readonly version: number;
  readonly seed: number;
  readonly spec: Spec;
}

export interface PreparedData extends DataIdentity {
  /** 16 hexadecimal digits of the generator's version, the seed, the spec and what was read of the sources. */
  readonly hash: string;
  readonly what: string;
  readonly licence: string;
  readonly layout: string;
  /** Of each source, SHA-256 of the files that were read. */
  readonly sources: Readonly<Record<string, string>>;
  /** How many files, their bytes, and SHA-256 of their paths and contents. */
  readonly contents: { readonly files: number; readonly bytes: number; readonly sha256: string };
  readonly made: { readonly command: string; readonly intarsia: string };
}

export const identityOf = ({ name, version }: Recipe, seed: number, spec: Spec): DataIdentity => ({ name, version, seed, spec });

/** The hash of a data set. Equal for equal bytes, on every machine. */
export function dataHash({ name, version, seed, spec }: DataIdentity, sources: PreparedData["sources"]): string {
  const sorted = (record: object): [string, unknown][] => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify([name, version, seed, sorted(spec), sorted(sources)])).slice(0, 16);
}

/** In which respects two differ, in words; none: they are one data set. */
export function identityDifferences(found: DataIdentity, wanted: DataIdentity): string[] {
  if (found.name !== wanted.name) return [`it is ${found.name}`];
  const keys = Object.keys({ ...found.spec, ...wanted.spec }).filter((key) => !isDeepStrictEqual(found.spec[key], wanted.spec[key]));
  return [
    ...(found.seed === wanted.seed ? [] : [`seed ${found.seed}`]),
    ...(found.version === wanted.version ? [] : [`version ${found.version} of the generator`]),
    ...keys.map((key) => `${key} ${String(found.spec[key])}`),
  ];
}

/** What a folder says of itself; null where there is no `dataset.json`. Damaged: UserError. */
export function readPrepared(directory: string): PreparedData | null {
  const file = path.join(directory, DATASET_FILE);
  if (!fs.existsSync(file)) return null;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(readFileBounded(file, 2 ** 24)));
  } catch (error) {
    throw error instanceof UserError ? error : new UserError(`${file}: not JSON`);
  }
  const { format, name, hash, spec } = (json ?? {}) as Partial<PreparedData> & { format?: unknown };
  if (format !== FORMAT || typeof name !== "string" || typeof hash !== "string" || typeof spec !== "object" || spec === null)
    throw new UserError(`${file}: not what intarsia data writes; prepare the data set again with --force`);
  return json as PreparedData;
}

export const preparedText = (prepared: PreparedData): string => `${JSON.stringify({ format: FORMAT, ...prepared }, null, 2)}\n`;
