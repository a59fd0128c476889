/** Files that a command writes: none of them another one of its own, and none of them what it reads. */
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../data/errors.ts";

/** A name as the least particular file system sees it: without regard to case and to how accents are composed. */
export const folded = (name: string): string => name.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");

/**
 * The names, made distinct: of equal names the first stays, the others get a number that makes an unused name.
 * @param taken whether a (folded) name that is not in the list is reserved
 */
export function uniqueNames(wanted: readonly string[], taken: (name: string) => boolean = () => false): string[] {
  const used = new Set(wanted.map(folded));
  const seen = new Set<string>();
  return wanted.map((name) => {
    const key = folded(name);
    if (!seen.has(key) && !taken(key)) {
      seen.add(key);
      return name;
    }
    for (let number = 2; ; number++) {
      const candidate = folded(`${name}-${number}`);
      if (used.has(candidate) || taken(candidate)) continue;
      used.add(candidate);
      return `${name}-${number}`;
    }
  });
}

/** An absolute path with the links of what exists of it followed. */
export function realPath(file: string): string {
  const rest: string[] = [];
  let at = path.resolve(file);
  while (!fs.existsSync(at) && path.dirname(at) !== at) {
    rest.unshift(path.basename(at));
    at = path.dirname(at);
  }
  return path.join(fs.realpathSync(at), ...rest);
}

/** undefined where the file system refuses; reading or writing then reports why. */
function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file);
  } catch {
    return undefined;
  }
}

/** Devices and pipes may be written several times. */
function isSpecial(file: string): boolean {
  const there = statOf(file);
  return there !== undefined && !there.isFile() && !there.isDirectory();
}

function sameFile(a: string, b: string): boolean {
  const [one, other] = [statOf(a), statOf(b)];
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

export interface Written {
  /** Files and folders to be written, by their option. */
  readonly outputs: Readonly<Record<string, string | undefined>>;
  /** Files that are read. */
  readonly inputs?: readonly (string | undefined)[];
}

/** Refuses, before anything is done, outputs that would replace one another or an input. A folder may hold other outputs; a file may not. */
export function checkDistinct({ outputs, inputs = [] }: Written): void {
  const named = Object.entries(outputs).flatMap(([option, file]) => (file === undefined || isSpecial(file) ? [] : [{ option, file }]));
  for (const { option, file } of named) {
    const input = inputs.find((one) => one !== undefined && sameFile(one, file));
    if (input !== undefined) throw new UserError(`${option} ${file}: would replace a file that is read; choose another name`);
    for (const other of named) {
      if (other.option === option) continue;
      const [own, its] = [folded(realPath(file)), folded(realPath(other.file))];
      const inside = option !== "--out" && its.startsWith(own + path.sep);
      if (own === its || inside)
        throw new UserError(`${option} ${file}: is in the way of ${other.option} ${other.file}; choose another name`);
    }
  }
}
