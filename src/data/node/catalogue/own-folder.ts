/** Folders for work in progress, named by the process that works in them. */

import * as fs from "node:fs";
import * as path from "node:path";

/** Makes the new folder `prefix.PID` in a directory, and removes those of processes that have ended. */
export function ownFolder(directory: string, prefix: string): string {
  for (const name of fs.readdirSync(directory)) {
    const pid = name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : "";
    if (/^\d+$/.test(pid) && !isAlive(Number(pid))) fs.rmSync(path.join(directory, name), { recursive: true, force: true });
  }
  const folder = path.join(directory, `${prefix}.${process.pid}`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder);
  return folder;
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
