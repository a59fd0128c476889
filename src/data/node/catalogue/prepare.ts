/**
 * Prepares a data set: opens its sources, writes its files into a folder beside the wanted one, and gives that the wanted name when everything is
 * there. So the wanted folder is missing or whole, whenever the process is killed.
 */

import * as fs from "node:fs";
import * as path from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Spec } from "../../catalogue/options.ts";
import type { MadeFile, Recipe, SourceFolder } from "../../catalogue/types.ts";
import { UserError } from "../../errors.ts";
import { fileError, makeDirectory, withFileErrors, writeFileAtomic } from "../files.ts";
import type { Watch } from "./debian.ts";
import { digestOf, type OpenedSource, sha256 } from "./folder.ts";
import { DATASET_FILE, dataHash, identityDifferences, identityOf, type PreparedData, preparedText, readPrepared } from "./prepared.ts";
import { ownFolder } from "./own-folder.ts";
import { openSource } from "./sources.ts";

export interface PrepareOptions extends Partial<Watch> {
  /** The folder that is made. */
  readonly out: string;
  readonly seed: number;
  /** Complete: of `completeSpec`. */
  readonly spec: Spec;
  /** Files and folders with the sources. Default: what is installed, what has been downloaded, and apt or npm. */
  readonly from?: readonly string[];
  /** Where downloads are kept. Default: the user's cache. */
  readonly cache?: string;
  /** Replaces a prepared data set, never anything else. */
  readonly force?: boolean;
  /** For `dataset.json`: how it was made, and the version of the package. */
  readonly made: PreparedData["made"];
}

/**
 * Prepares a data set, or finds it prepared (then `fresh` is false). Sources that are not to be had, a folder that holds something else: UserError,
 * and nothing has changed. `signal` aborted: throws its reason.
 */
export async function prepareData(
  recipe: Recipe,
  options: PrepareOptions,
): Promise<{ readonly data: PreparedData; readonly fresh: boolean }> {
  const { out, seed, spec, from, cache, force = false, made, signal } = options;
  const watch: Watch = { signal, progress: options.progress ?? (() => undefined), note: options.note ?? (() => undefined) };
  const identity = identityOf(recipe, seed, spec);
  recipe.check?.(spec);
  const there = checkPlace(out, force);
  if (there && !force) {
    const differences = identityDifferences(there, identity);
    if (differences.length === 0) return { data: there, fresh: false };
    throw new UserError(`${out}: holds a data set that was made differently (${differences.join(", ")}); --force replaces it`);
  }
  const missing = missingAbove(out);
  const work = workFolder(out);
  try {
    const opened = new Map<string, OpenedSource>();
    for (const source of recipe.sources(spec))
      opened.set(source.name, await openSource(source, { from, cache, unpacked: path.join(work, "sources") }, watch));
    const folders = Object.fromEntries([...opened].map(([name, { folder }]): [string, SourceFolder] => [name, folder]));
    const contents = await writeFiles(recipe, spec, seed, folders, path.join(work, "data"), watch);
    const sources = Object.fromEntries([...opened].map(([name, source]) => [name, source.digest()]));
    const { what, licence, layout } = recipe;
    const data = { hash: dataHash(identity, sources), ...identity, what, licence, layout, sources, contents, made };
    writeFileAtomic(path.join(work, "data", DATASET_FILE), preparedText(data));
    publish(path.join(work, "data"), out, path.join(work, "old"));
    return { data, fresh: true };
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
    for (const directory of missing) removeEmpty(directory);
  }
}

/** The directories above `out` that do not exist, the innermost first. */
function missingAbove(out: string): string[] {
  const missing: string[] = [];
  for (let at = path.dirname(path.resolve(out)); !fs.existsSync(at); at = path.dirname(at)) missing.push(at);
  return missing;
}

function removeEmpty(directory: string): void {
  try {
    fs.rmdirSync(directory);
  } catch {
    // The data set lies in it.
  }
}

/** What is prepared at `out` already. A folder or file that is something else: UserError. */
function checkPlace(out: string, force: boolean): PreparedData | null {
  const there = withFileErrors(out, "write", () => fs.statSync(out, { throwIfNoEntry: false }));
  if (!there) return null;
  if (!there.isDirectory()) throw new UserError(`${out}: not a directory`);
  if (withFileErrors(out, "read", () => fs.readdirSync(out)).length === 0) return null;
  if (!fs.existsSync(path.join(out, DATASET_FILE)))
    throw new UserError(`${out}: not empty, and no data set that intarsia prepared; choose another --out`);
  return force ? readOrNull(out) : readPrepared(out);
}

/** With --force a damaged one may be replaced. */
function readOrNull(out: string): PreparedData | null {
  try {
    return readPrepared(out);
  } catch {
    return null;
  }
}

/** A new folder beside `out`. */
function workFolder(out: string): string {
  const parent = path.dirname(path.resolve(out));
  const base = path.basename(path.resolve(out));
  return withFileErrors(out, "write", () => {
    makeDirectory(parent);
    return ownFolder(parent, `.${base}.preparing`);
  });
}

async function writeFiles(
  recipe: Recipe,
  spec: Spec,
  seed: number,
  folders: Readonly<Record<string, SourceFolder>>,
  into: string,
  { signal, progress }: Watch,
): Promise<PreparedData["contents"]> {
  const { steps, files } = await recipe.make(spec, seed, folders);
  const hashes = new Map<string, string>();
  let [done, bytes] = [0, 0];
  makeDirectory(into);
  for await (const group of files) {
    // Signals and the bar need a turn of the event loop.
    await setImmediate();
    signal?.throwIfAborted();
    for (const file of group) {
      const content = typeof file.content === "string" ? new TextEncoder().encode(file.content) : file.content;
      if (hashes.has(file.path)) throw new RangeError(`${recipe.name}: ${file.path} is made twice`);
      hashes.set(file.path, sha256(content));
      bytes += content.length;
      write(placeOf(into, file, recipe), content);
    }
    done += 1;
    progress(done, steps, `${hashes.size} files`);
  }
  return { files: hashes.size, bytes, sha256: digestOf(hashes) };
}

/** Where a file lies; a path that leads out of the folder is a mistake of the recipe. */
function placeOf(into: string, { path: file }: MadeFile, { name }: Recipe): string {
  const parts = file.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..") || file === DATASET_FILE)
    throw new RangeError(`${name}: bad path ${file}`);
  return path.join(into, ...parts);
}

/** The folder has no name yet, so that a file cut short by a kill is never seen: it needs no temporary name of its own. */
function write(file: string, content: string | Uint8Array): void {
  withFileErrors(file, "write", () => {
    makeDirectory(path.dirname(file));
    fs.writeFileSync(file, content);
  });
}

/** Gives the finished folder its name. What is there (nothing, an empty folder, a prepared data set) goes to `old`. */
function publish(made: string, out: string, old: string): void {
  checkPlace(out, true);
  try {
    if (fs.existsSync(out)) fs.renameSync(out, old);
    fs.renameSync(made, out);
  } catch (error) {
    if (fs.existsSync(old) && !fs.existsSync(out)) fs.renameSync(old, out);
    throw fileError(error, out, "write");
  }
}
