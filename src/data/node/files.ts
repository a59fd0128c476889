/** Reading and writing files: an error is one clear line, and no file is left half-written. */

import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
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
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be too large",
  EIO: "the device failed",
  EPIPE: "its reader has gone",
  EBUSY: "it is in use",
  ENXIO: "no such device",
};

/** Why the file system refused, in words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return (code && REASONS[code]) || messageOf(error);
}

/** Turns what the file system threw into a UserError; anything that already is one passes. */
export function fileError(error: unknown, file: string, doing: string): UserError {
  if (error instanceof UserError) return error;
  // Node gives names that are not UTF-8 with replacement characters, by which no file is found.
  const missing = (error as NodeJS.ErrnoException | null)?.code === "ENOENT" && file.includes("\ufffd");
  return new UserError(`cannot ${doing} ${file}: ${reasonOf(error)}${missing ? " (a name that is not UTF-8? rename the file)" : ""}`);
}

/** Runs `use`; what the file system throws becomes a UserError. */
export function withFileErrors<T>(file: string, doing: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw fileError(error, file, doing);
  }
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
 * directory, synchronised, then renamed. A symbolic link is written through. Missing parent directories are made. What is there and is no
 * file (a device such as /dev/null, a named pipe) is written to, never replaced.
 * @param parts text, bytes, or a list of byte runs that are written one after another without being joined
 */
export function writeFileAtomic(file: string, parts: string | Uint8Array | Iterable<Uint8Array>): void {
  const list = typeof parts === "string" ? [new TextEncoder().encode(parts)] : parts instanceof Uint8Array ? [parts] : parts;
  withFileErrors(file, "write", () => {
    const there = fs.statSync(file, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw new UserError(`cannot write ${file}: is a directory`);
    if (there && !there.isFile()) return writeParts(fs.openSync(file, "w"), list);
    replaceFile(there ? fs.realpathSync(file) : path.resolve(file), list);
  });
}

/** Makes a directory and what is missing above it. (Node's own `recursive` never returns where a file system such as /proc takes none.) */
export function makeDirectory(directory: string): void {
  if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = path.dirname(path.resolve(directory));
  if (parent !== path.resolve(directory)) makeDirectory(parent);
  try {
    fs.mkdirSync(directory);
  } catch (error) {
    // Another process may have made it at the same time.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !fs.statSync(directory).isDirectory()) throw error;
  }
}

function replaceFile(target: string, parts: Iterable<Uint8Array>): void {
  const directory = path.dirname(target);
  makeDirectory(directory);
  // The name shows which program made it, and is short even if the target's is long.
  const temporary = path.join(directory, `.intarsia.${randomBytes(6).toString("hex")}.tmp`);
  try {
    writeParts(fs.openSync(temporary, "wx"), parts, { sync: true });
    fs.renameSync(temporary, target);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(directory);
}

function writeParts(fd: number, parts: Iterable<Uint8Array>, { sync = false } = {}): void {
  try {
    for (const part of parts) writeFully(fd, part);
    if (sync) fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
