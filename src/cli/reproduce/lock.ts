/**
 * Which process is at which run. Each that wants one writes a file of its own, named after itself, and only then looks who else has one: of two, at
 * least one sees the other and steps back, so never do both go on. A file whose process is gone counts for nothing, so that a kill blocks nobody.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { hashText, hex32 } from "../../data/hash.ts";
import { makeDirectory, withFileErrors } from "../../data/node/index.ts";

/** Another machine's process lives as long as it touches its file: every BEAT ms, and we wait for several. */
const BEAT = 20_000;
const SILENCE = 120_000;
/** Two that step back from one another try again, after different times. */
const ATTEMPTS = 4;

const HOST = hex32(hashText(os.hostname()));

/** Takes `name` in `directory` for this process; what it gives lets it go. Null: a living process has it. */
export async function takeLock(directory: string, name: string): Promise<(() => void) | null> {
  withFileErrors(directory, "write", () => makeDirectory(directory));
  const own = path.join(directory, `${name}~${HOST}~${process.pid}~${startOf(process.pid)}`);
  for (let attempt = 1; ; attempt++) {
    withFileErrors(own, "write", () => fs.writeFileSync(own, `process ${process.pid} on ${os.hostname()}\n`));
    if (!othersLive(directory, name, own)) break;
    fs.rmSync(own, { force: true });
    if (attempt === ATTEMPTS) return null;
    await new Promise((resolve) => setTimeout(resolve, 10 + 90 * Math.random()));
  }
  const beat = setInterval(() => touch(own), BEAT);
  beat.unref();
  return () => {
    clearInterval(beat);
    fs.rmSync(own, { force: true });
  };
}

/** Whether any other process holds or wants it; what dead ones left is removed. */
function othersLive(directory: string, name: string, own: string): boolean {
  let living = false;
  for (const other of fs.readdirSync(directory).filter((file) => file.startsWith(`${name}~`))) {
    const file = path.join(directory, other);
    if (file === own) continue;
    const [, host, pid, start] = other.split("~");
    if (host === HOST ? isHere(Number(pid), start) : isFresh(file)) living = true;
    else fs.rmSync(file, { force: true });
  }
  return living;
}

/** Whether the process runs on this machine; one that has got a dead one's number does not count. */
function isHere(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return startOf(pid) === start;
}

/** When a process began, where the system tells (Linux: field 22 of its stat file, in ticks since the machine did); else "0". A dead process not yet reaped: "". */
function startOf(pid: number): string {
  try {
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? "" : fields[19];
  } catch {
    return "0";
  }
}

function isFresh(file: string): boolean {
  try {
    return Date.now() - fs.statSync(file).mtimeMs < SILENCE;
  } catch {
    return false;
  }
}

function touch(file: string): void {
  try {
    fs.utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody removed it: nothing to keep alive.
  }
}
