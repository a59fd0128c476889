/** Where a run may write: never over another run, and never into a folder with other files. */

import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../data/errors.ts";
import { reasonOf, withFileErrors, writeFileAtomic } from "../../data/node/index.ts";
import { prettyJson, RESULT_FILE, RUN_FILE, RUN_FILES } from "../../training/run-files.ts";
import { checkDistinct, folded, realPath } from "./distinct.ts";

export interface OutputOptions {
  readonly resume?: boolean;
  readonly force?: boolean;
}

export type OutputState = "new" | "unfinished" | "finished";

/** What a directory holds: nothing, or a run. Something else: UserError. */
function outputState(directory: string): OutputState {
  if (!fs.existsSync(directory)) return "new";
  if (!fs.statSync(directory).isDirectory()) throw new UserError(`${directory}: not a directory`);
  const names = withFileErrors(directory, "read", () => fs.readdirSync(directory));
  if (names.includes(RUN_FILE)) return names.includes(RESULT_FILE) ? "finished" : "unfinished";
  if (names.length > 0) throw new UserError(`${directory}: not empty, and not a run of intarsia; choose another --out`);
  return "new";
}

/** Checks that a run may go there; changes nothing. */
export function checkOutput(directory: string, { resume = false, force = false }: OutputOptions): OutputState {
  const state = outputState(directory);
  if (resume && force) throw new UserError("--resume and --force exclude each other");
  if (resume && state === "new") throw new UserError(`${directory}: no run to resume`);
  if (state === "new" || resume || force) return state;
  const how = state === "finished" ? "--force overwrites it" : "--resume continues it, --force begins anew";
  throw new UserError(`${directory}: holds ${state === "finished" ? "a finished" : "an unfinished"} run; ${how}`);
}

/** Removes a run's own files (those of every run, and the study's in `more`), and nothing else. */
export function clearOutput(directory: string, more: readonly string[]): void {
  for (const name of [...RUN_FILES, ...more]) {
    const file = path.join(directory, name);
    withFileErrors(file, "remove", () => fs.rmSync(file, { force: true }));
  }
}

/** `runs/quick`, or `runs/quick-2`, ...: the first that does not exist. */
export function freeDirectory(wanted: string): string {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? wanted : `${wanted}-${i}`;
    if (!fs.existsSync(candidate)) return candidate;
  }
}

/**
 * Refuses a `--json` file that would replace one of the run's own files or one that the command reads.
 * `data`: a folder of IDX files; `more`: the study's files in addition to those of every run.
 */
export function checkRecord(
  json: string | undefined,
  run: string,
  { data, inputs = [], more = [] }: { data?: string; inputs?: readonly string[]; more?: readonly string[] } = {},
): void {
  if (json === undefined) return;
  checkWritable(json);
  const read = data !== undefined && fs.existsSync(data) && fs.statSync(data).isDirectory() ? fs.readdirSync(data) : [];
  checkDistinct({ outputs: { "--json": json, "--out": run }, inputs: [...inputs, ...read.map((name) => path.join(data ?? "", name))] });
  const own = folded(realPath(path.dirname(json))) === folded(realPath(run));
  if (own && [...RUN_FILES, ...more].some((name) => folded(name) === folded(path.basename(json))))
    throw new UserError(`--json ${json}: is a file of the run itself; choose another name`);
}

/** Writes the record of a command if `--json` names a file. */
export function writeRecord(json: string | undefined, record: object): void {
  if (json) writeFileAtomic(json, prettyJson(record));
}

/** undefined: there is nothing, or a parent of the path is a file (`checkWritable` reports which). */
function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Refuses early what could not be written at the end. */
export function checkWritable(file: string): void {
  const there = withFileErrors(file, "write", () => statOf(file));
  if (there?.isDirectory()) throw new UserError(`cannot write ${file}: is a directory`);
  if (there && !there.isFile()) {
    withFileErrors(file, "write", () => fs.accessSync(file, fs.constants.W_OK));
    return;
  }
  let directory = path.resolve(path.dirname(file));
  while (!fs.existsSync(directory)) directory = path.dirname(directory);
  try {
    if (!fs.statSync(directory).isDirectory()) throw new UserError(`cannot write ${file}: ${directory} is not a directory`);
    fs.accessSync(directory, fs.constants.W_OK);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`cannot write ${file}: no permission to write in ${directory} (${reasonOf(error)})`);
  }
}
