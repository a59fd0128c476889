/** A reader of tar archives (POSIX ustar): just enough for the archives in an npm package. */

export interface TarEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link";
  /** Of a link: what it points to. */
  readonly target: string;
  readonly data: Uint8Array;
}

const BLOCK = 512;
const KINDS: Readonly<Record<string, TarEntry["kind"]>> = { "0": "file", "\0": "file", "5": "folder", "2": "link" };

/** Lists the archive's entries; their data are views of `archive`. Throws on other kinds of entry and on a cut archive. */
export function readTar(archive: Uint8Array): TarEntry[] {
  const entries: TarEntry[] = [];
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0; ) {
    const field = (start: number, length: number) => text(archive.subarray(at + start, at + start + length));
    const size = Number.parseInt(field(124, 12).trim() || "0", 8);
    const prefix = field(345, 155);
    const name = (prefix ? `${prefix}/` : "") + field(0, 100);
    const flag = String.fromCharCode(archive[at + 156]);
    const kind = KINDS[flag];
    if (!kind) throw new Error(`tar: entry ${name} is of the unknown kind "${flag}"`);
    const data = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (!(data.length === size)) throw new Error(`tar: the archive is cut short in ${name}`);
    entries.push({ name, kind, target: field(157, 100), data });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

/** Bytes up to the first NUL. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
