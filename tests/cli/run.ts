/** The command, run as a person runs it. */

import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const COMMAND = ["--conditions=intarsia-source", "--import", import.meta.resolve("tsx"), path.resolve("src/cli/main.ts")];

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Dawn's own remarks on standard error are not ours. */
const ours = (err: string): string =>
  err
    .split("\n")
    .filter((line) => !line.startsWith("Warning: max"))
    .join("\n");

/** Starts `intarsia ...`; `onLine` sees each whole line of standard output. */
export function start(
  args: readonly string[],
  { onLine, cwd = process.cwd() }: { onLine?: (line: string) => void; cwd?: string } = {},
): Running {
  const child = spawn(process.execPath, [...COMMAND, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err, seen] = ["", "", 0];
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    for (let end = out.indexOf("\n", seen); end >= 0; end = out.indexOf("\n", seen)) {
      onLine?.(out.slice(seen, end));
      seen = end + 1;
    }
  });
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err: ours(err) }));
  });
  return { child, ended };
}

export const intarsia = (args: readonly string[], options: { cwd?: string } = {}): Promise<Ended> => start(args, options).ended;

/** A fresh directory that goes when the process does. */
export function temporary(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "intarsia-"));
  process.on("exit", () => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}
