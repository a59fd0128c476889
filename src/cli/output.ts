/** Where a run may write: never over another run, and never among a stranger's files. */

import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../data/errors.ts";
import { writeFileAtomic } from "../data/node/index.ts";
import { BAGS_FILE, MODEL_FILE, REPORT_FILE, RESULT_FILE, RUN_FILE } from "../studies/mil/files.ts";
import type { RunFiles } from "../studies/training/host.ts";
import { METRICS_FILE } from "../studies/training/metrics.ts";
import { CHECKPOINT_FILE } from "../studies/training/save.ts";

const RUN_FILES = [RUN_FILE, BAGS_FILE, MODEL_FILE, METRICS_FILE, CHECKPOINT_FILE, RESULT_FILE, REPORT_FILE];

export interface OutputOptions {
  readonly resume?: boolean;
  readonly force?: boolean;
}

export type OutputState = "new" | "unfinished" | "finished";

/** What stands in a directory: nothing, or a run. Something else: UserError. */
export function outputState(directory: string): OutputState {
  if (!fs.existsSync(directory)) return "new";
  if (!fs.statSync(directory).isDirectory()) throw new UserError(`${directory}: not a directory`);
  const names = fs.readdirSync(directory);
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

/** Removes a run's own files, and nothing else. */
export function clearOutput(directory: string): void {
  for (const name of RUN_FILES) fs.rmSync(path.join(directory, name), { force: true });
}

/** `runs/quick`, or `runs/quick-2`, ...: the first that does not exist. */
export function freeDirectory(wanted: string): string {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? wanted : `${wanted}-${i}`;
    if (!fs.existsSync(candidate)) return candidate;
  }
}

/** Refuses early what could not be written at the end. */
export function checkWritable(file: string): void {
  if (fs.existsSync(file) && fs.statSync(file).isDirectory()) throw new UserError(`cannot write ${file}: is a directory`);
  let directory = path.resolve(path.dirname(file));
  while (!fs.existsSync(directory)) directory = path.dirname(directory);
  try {
    if (!fs.statSync(directory).isDirectory()) throw new UserError(`cannot write ${file}: ${directory} is not a directory`);
    fs.accessSync(directory, fs.constants.W_OK);
  } catch (error) {
    throw error instanceof UserError ? error : new UserError(`cannot write ${file}: no permission to write in ${directory}`);
  }
}

/** The files of a run in a directory, which is made with the first of them. */
export function directoryFiles(directory: string): RunFiles {
  const locate = (name: string): string => path.join(directory, name);
  return {
    locate,
    read: async (name) => (fs.existsSync(locate(name)) ? new Uint8Array(fs.readFileSync(locate(name))) : null),
    write: async (name, content) => writeFileAtomic(locate(name), content),
    async append(name, text) {
      fs.mkdirSync(directory, { recursive: true });
      fs.appendFileSync(locate(name), text);
    },
  };
}
