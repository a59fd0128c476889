/**
 * What Dawn writes to standard error by itself and nobody can act on. It goes through C's `stderr`, so that only the file descriptor can be
 * turned aside: during one synchronous call, on Linux, where standard error is a terminal or a pipe (a file's position could not be restored).
 */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Dawn, for drivers that bind more buffers than it counts: dawn/native/Limits.cpp. */
const REMARK = /^Warning: maxDynamic\w+ artificially reduced from \d+ to \d+ to fit dynamic offset allocation limit\.$/;

const STDERR = 2;

/** Runs a synchronous call; of what it writes to standard error, Dawn's remarks are left out. */
export function withoutRemarks<T>(call: () => T): T {
  const aside = turnAside();
  if (!aside) return call();
  try {
    return call();
  } finally {
    const lines = aside.restore().split("\n");
    const rest = lines.filter((line) => !REMARK.test(line)).join("\n");
    if (rest) fs.writeSync(STDERR, rest);
  }
}

/** null: standard error stays as it is. `restore` turns it back and gives what was written. */
function turnAside(): { restore(): string } | null {
  const places = process.platform === "linux" ? prepare() : null;
  if (!places) return null;
  const { folder, file, back } = places;
  fs.closeSync(STDERR);
  // The lowest free number is taken: standard error's.
  fs.openSync(file, "a");
  return {
    restore() {
      fs.closeSync(STDERR);
      fs.openSync(`/proc/self/fd/${back}`, "a");
      fs.closeSync(back);
      const text = fs.readFileSync(file, "utf8");
      fs.rmSync(folder, { recursive: true, force: true });
      return text;
    },
  };
}

/**
 * A file for the lines, and the descriptor by which standard error comes back. null for files; for sockets, which cannot be opened by their name
 * in /proc; without standard input or output, where another number than standard error's would be the lowest; and where nothing can be written.
 */
function prepare(): { readonly folder: string; readonly file: string; readonly back: number } | null {
  try {
    const stat = fs.fstatSync(STDERR);
    for (const lower of [0, 1]) fs.fstatSync(lower);
    if (!stat.isCharacterDevice() && !stat.isFIFO()) return null;
    const back = fs.openSync(`/proc/self/fd/${STDERR}`, "a");
    const folder = fs.mkdtempSync(join(tmpdir(), "intarsia-stderr-"));
    const file = join(folder, "lines");
    fs.writeFileSync(file, "");
    return { folder, file, back };
  } catch {
    return null;
  }
}
