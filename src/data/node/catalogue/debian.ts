/** Packages of Debian as sources: found, downloaded and unpacked with Debian's own tools, without root. */

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { DebianSource } from "../../catalogue/types.ts";
import { quote, UserError } from "../../errors.ts";
import { makeDirectory, withFileErrors } from "../files.ts";
import { ownFolder } from "./own-folder.ts";

/** How a preparation is watched and stopped. */
export interface Watch {
  readonly signal?: AbortSignal;
  /** `done` of `total`; `text` says what is being done. */
  progress(done: number, total: number, text: string): void;
  /** A line that stays. */
  note(line: string): void;
}

/** Where downloads stay: `$XDG_CACHE_HOME/intarsia/`, or `~/.cache/intarsia/`. */
export const cacheDirectory = (): string => path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "intarsia");

/** The newest file `name_*.deb` in a folder, or null. */
export function packageFileIn(folder: string, { name }: DebianSource): string | null {
  if (!fs.existsSync(folder)) return null;
  const files = fs.readdirSync(folder).filter((file) => file.startsWith(`${name}_`) && file.endsWith(".deb"));
  const times = files.map((file) => ({ file: path.join(folder, file), time: fs.statSync(path.join(folder, file)).mtimeMs }));
  return times.sort((a, b) => b.time - a.time)[0]?.file ?? null;
}

/** Unpacks a package into a directory. No `dpkg-deb` here, or a damaged file: UserError. */
export async function unpackPackage(file: string, into: string, { signal, note }: Watch): Promise<void> {
  note(`unpacking ${path.basename(file)}`);
  makeDirectory(into);
  const { code, err } = await runTool("dpkg-deb", ["-x", path.resolve(file), into], { signal });
  if (code === "missing")
    throw new UserError(`${file}: dpkg-deb, which unpacks it, is not here; unpack it by other means and name the folder (--from DIR)`);
  if (code !== 0) throw new UserError(`${file}: not a package of Debian that can be unpacked (${lastLine(err)})`);
}

/** Downloads a package into the cache, or finds it there. No apt here, or nothing found: UserError. -> the file */
export async function downloadPackage(source: DebianSource, cache: string, watch: Watch): Promise<string> {
  const { name, megabytes } = source;
  const there = packageFileIn(cache, source);
  if (there) return there;
  withFileErrors(cache, "write", () => makeDirectory(cache));
  const partial = ownFolder(cache, ".download");
  watch.note(`downloading ${name} (${megabytes} MB) with apt-get into ${cache}`);
  const timer = setInterval(() => watch.progress(bytesIn(partial) / 1e6, megabytes, `MB of ${name}`), 250);
  try {
    const { code, err } = await runTool("apt-get", ["download", name], { cwd: partial, signal: watch.signal });
    const how = `fetch ${name}_*_all.deb on a machine that has it (apt-get download ${name}) and name it with --from`;
    if (code === "missing") throw new UserError(`${name}: a package of Debian, and there is no apt-get here; ${how}`);
    const file = packageFileIn(partial, source);
    if (code !== 0 || !file) throw new UserError(`${name}: apt-get does not get it (${lastLine(err)}); try apt-get update, or ${how}`);
    const kept = path.join(cache, path.basename(file));
    fs.renameSync(file, kept);
    return kept;
  } finally {
    clearInterval(timer);
    fs.rmSync(partial, { recursive: true, force: true });
  }
}

function bytesIn(folder: string): number {
  return fs
    .readdirSync(folder)
    .reduce((sum, name) => sum + (fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Whether a program can be started here. */
export const hasTool = (name: string): boolean =>
  (process.env.PATH ?? "").split(path.delimiter).some((folder) => folder !== "" && fs.existsSync(path.join(folder, name)));

interface ToolOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** Runs a program to its end. Stopped by the signal: throws what aborted it. */
function runTool(
  name: string,
  args: readonly string[],
  { cwd, signal }: ToolOptions,
): Promise<{ code: number | "missing" | null; err: string }> {
  return new Promise((resolve, reject) => {
    // A group of its own: Ctrl-C on the terminal reaches us alone, who end it.
    const child = spawn(name, args, {
      cwd,
      stdio: ["ignore", "ignore", "pipe"],
      signal,
      detached: true,
      env: { ...process.env, LC_ALL: "C" },
    });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") resolve({ code: "missing", err: "" });
      else reject(error);
    });
    child.on("close", (code) => resolve({ code, err }));
  });
}

/** What a tool said last, without what it only warns of. */
function lastLine(err: string): string {
  const lines = err.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("W:"));
  return quote(lines[lines.length - 1]?.trim() ?? "it says nothing");
}
