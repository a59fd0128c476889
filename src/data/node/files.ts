/** Files, read and written so that what goes wrong is one clear line and nothing is left half-written. */

import * as fs from "node:fs";
import * as path from "node:path";
import { randomBytes } from "node:crypto";
import { messageOf, UserError } from "../errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EISDIR: "is a directory, not a file",
  ENOTDIR: "a part of the path is not a directory",
  ENOSPC: "no space left on the disk",
  EROFS: "the file system is read-only",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "symbolic links go round in a circle",
};

/** Turns what the file system threw into a UserError; anything that already is one passes. */
export function fileError(error: unknown, file: string, doing: string): UserError {
  if (error instanceof UserError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return new UserError(`cannot ${doing} ${file}: ${(code && REASONS[code]) || messageOf(error)}`);
}

/** Bytes that one chunk of a read or write moves: one call of the system takes less than 2 GiB. */
const CHUNK = 2 ** 30;

/** Fills `into` from the file at `position`; fewer bytes in the file: UserError. */
export function readFully(fd: number, into: Uint8Array, position: number, file: string): void {
  let done = 0;
  while (done < into.length) {
    const read = fs.readSync(fd, into, done, Math.min(CHUNK, into.length - done), position + done);
    if (read === 0) throw new UserError(`${file}: cut short: it ends at byte ${position + done}, ${into.length - done} bytes early`);
    done += read;
  }
}

/** Runs `use` with the open regular file and its size, and closes it. A directory, pipe or device is refused. */
export function withFile<T>(file: string, use: (fd: number, size: number) => T): T {
  let fd: number | undefined;
  try {
    if (!fs.statSync(file).isFile()) throw new UserError(`cannot read ${file}: not a regular file`);
    fd = fs.openSync(file, "r");
    return use(fd, fs.fstatSync(fd).size);
  } catch (error) {
    throw fileError(error, file, "read");
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** The whole file; one longer than `maxBytes` is refused before anything is read. */
export function readFileBounded(file: string, maxBytes: number): Uint8Array {
  return withFile(file, (fd, size) => {
    if (size > maxBytes) throw new UserError(`${file}: ${size} bytes, more than the limit of ${maxBytes}`);
    const bytes = new Uint8Array(size);
    readFully(fd, bytes, 0, file);
    return bytes;
  });
}

function writeFully(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done, Math.min(CHUNK, bytes.length - done));
}

/** Makes a rename in `directory` durable. Not every system lets a directory be opened: then there is nothing to do. */
function syncDirectory(directory: string): void {
  try {
    const fd = fs.openSync(directory, "r");
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    // Windows
  }
}

/**
 * Writes a file so that at every moment `file` is either the old one, whole, or the new one, whole: a temporary file in the same
 * directory, synchronised, then renamed. A symbolic link is written through. Missing parent directories are made.
 * @param parts text, bytes, or a list of byte runs that are written one after another without being joined
 */
export function writeFileAtomic(file: string, parts: string | Uint8Array | Iterable<Uint8Array>): void {
  const list = typeof parts === "string" ? [new TextEncoder().encode(parts)] : parts instanceof Uint8Array ? [parts] : parts;
  let temporary: string | undefined;
  try {
    const target = fs.existsSync(file) ? fs.realpathSync(file) : path.resolve(file);
    if (fs.existsSync(target) && fs.statSync(target).isDirectory()) throw new UserError(`cannot write ${file}: is a directory`);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    temporary = path.join(path.dirname(target), `.${path.basename(target).slice(0, 100)}.${randomBytes(6).toString("hex")}.tmp`);
    const fd = fs.openSync(temporary, "wx");
    try {
      for (const part of list) writeFully(fd, part);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, target);
    syncDirectory(path.dirname(target));
  } catch (error) {
    if (temporary !== undefined) fs.rmSync(temporary, { force: true });
    throw fileError(error, file, "write");
  }
}
