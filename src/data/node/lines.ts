/** JSON lines on disk: one JSON value a line, appended, and cut back to a known length when a run is resumed. */

import * as fs from "node:fs";
import * as path from "node:path";
import { messageOf, quote, UserError } from "../errors.ts";
import { fileError, makeDirectory, readFully } from "./files.ts";

export interface Lines {
  /** Appends one record, in one write. Numbers that are not finite become null. */
  append(record: unknown): void;
  /** Bytes of the file so far: what a checkpoint keeps, to cut back to. */
  readonly bytes: number;
  /** Makes what was appended durable; call it before a checkpoint refers to it. */
  sync(): void;
  close(): void;
}

/** Opens for reading and writing; makes the file and its directory where they are missing. */
function openFile(file: string): number {
  makeDirectory(path.dirname(path.resolve(file)));
  return fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o666);
}

/** Cuts the file after `bytes` bytes, which must be there and end a line. */
function cutBack(fd: number, bytes: number, file: string): void {
  const size = fs.fstatSync(fd).size;
  if (size < bytes) throw new UserError(`${file}: has ${size} bytes, but the run to resume had written ${bytes}; was it replaced?`);
  if (bytes > 0) {
    const last = new Uint8Array(1);
    readFully(fd, last, bytes - 1, file);
    if (last[0] !== 0x0a) throw new UserError(`${file}: byte ${bytes} does not end a line; was the file replaced?`);
  }
  fs.ftruncateSync(fd, bytes);
}

/**
 * Opens a file of JSON lines for appending, and first cuts off everything after its first `bytes` bytes (0, the default: a new file),
 * so that a resumed run writes no line twice. A file that is shorter than that, or cannot be written: UserError.
 */
export function openLines(file: string, { bytes = 0 }: { bytes?: number } = {}): Lines {
  let fd: number | undefined;
  try {
    fd = openFile(file);
    cutBack(fd, bytes, file);
  } catch (error) {
    if (fd !== undefined) fs.closeSync(fd);
    throw fileError(error, file, "write");
  }
  return appender(fd, bytes, file);
}

function appender(fd: number, start: number, file: string): Lines {
  let at = start;
  const guarded = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      throw fileError(error, file, "write");
    }
  };
  return {
    get bytes() {
      return at;
    },
    append: (record) =>
      guarded(() => {
        const line = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
        for (let done = 0; done < line.length; ) done += fs.writeSync(fd, line, done, line.length - done, at + done);
        at += line.length;
      }),
    sync: () => guarded(() => fs.fsyncSync(fd)),
    close: () => guarded(() => fs.closeSync(fd)),
  };
}

/** The records of a file of JSON lines. An unfinished last line (of a program that was killed) is left out; any other bad line: UserError. */
export function readLines(file: string): unknown[] {
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    throw fileError(error, file, "read");
  }
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1)
    .map((line, i) => {
      try {
        return JSON.parse(line) as unknown;
      } catch (error) {
        throw new UserError(`${file}: line ${i + 1} is not JSON (${quote(messageOf(error))})`);
      }
    });
}
