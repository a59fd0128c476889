/**
 * What the npm package @sparticuz/chromium carries for Linux x64: SwiftShader with a Vulkan loader, and a headless Chromium.
 * Its archives are unpacked once per user and version, without root, and safely by many processes at a time.
 */

import { constants, type Stats } from "node:fs";
import { access, chmod, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { DeviceError } from "../errors.ts";
import { readTar, type TarEntry } from "./tar.ts";

const PACKAGE = "@sparticuz/chromium";
const MANIFEST = "intarsia-manifest.json";

/** An archive of the package: `swiftshader`, `chromium` (one file), `al2023` (system libraries that a bare container lacks), `fonts`. */
export type Archive = "swiftshader" | "chromium" | "al2023" | "fonts";

/**
 * The folder that holds the archive's files, unpacked on the first call.
 * @throws DeviceError of kind "adapter" where the platform has no such package or nothing can be written.
 */
export async function unpack(archive: Archive): Promise<string> {
  const { root, version } = await findPackage();
  const cache = await cacheFolder();
  const folder = join(cache, `${archive}-${version}`);
  if (await isComplete(folder)) return folder;
  const scratch = await mkdtemp(join(cache, "unpacking-"));
  try {
    await writeArchive(root, archive, scratch);
    await moveInto(scratch, folder);
  } catch (cause) {
    throw new DeviceError("adapter", `cannot unpack ${archive} of ${PACKAGE} into ${folder}: ${messageOf(cause)}`, { cause });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return folder;
}

/** Where the package lies, and its version. */
async function findPackage(): Promise<{ root: string; version: string }> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new DeviceError("adapter", `the embedded adapter exists only for Linux x64, and this is ${process.platform} ${process.arch}`);
  }
  try {
    const entry = createRequire(import.meta.url).resolve(PACKAGE);
    const root = resolve(dirname(entry), "..", "..");
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    return { root, version };
  } catch (cause) {
    throw new DeviceError("adapter", `the npm package ${PACKAGE}, which carries the embedded adapter, is not installed`, { cause });
  }
}

/** The user's own cache folder: made with mode 0700, and refused if somebody else owns it or can write to it, or if it is a link. */
async function cacheFolder(): Promise<string> {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `intarsia-${uid}`);
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw new DeviceError("adapter", `cannot make ${folder}: ${error.message}; set TMPDIR`, { cause: error });
  });
  const found: Stats = await lstat(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new DeviceError("adapter", `${folder} is not a folder that only you can write to: remove it, or set TMPDIR to another place`);
  }
  return folder;
}

async function writeArchive(root: string, archive: Archive, into: string): Promise<void> {
  const file = join(root, "bin", archive === "chromium" ? "chromium.br" : `${archive}.tar.br`);
  const bytes = await promisify(brotliDecompress)(await readFile(file));
  const entries: TarEntry[] = archive === "chromium" ? [{ name: archive, kind: "file", target: "", data: bytes }] : readTar(bytes);
  for (const entry of entries) await writeEntry(into, entry);
  const sizes = Object.fromEntries(entries.filter(({ kind }) => kind === "file").map(({ name, data }) => [name, data.length]));
  await writeFile(join(into, MANIFEST), JSON.stringify(sizes));
}

async function writeEntry(into: string, { name, kind, target, data }: TarEntry): Promise<void> {
  const path = resolve(into, name);
  if (path !== into && !path.startsWith(into + sep)) throw new Error(`entry ${name} leads out of the archive`);
  await mkdir(kind === "folder" ? path : dirname(path), { recursive: true });
  if (kind === "link") await symlink(target, path);
  if (kind === "file") {
    await writeFile(path, data);
    await chmod(path, 0o700);
  }
}

/** True if every file that the manifest names is there in full: a cleaner of the temporary folder may have taken some. */
async function isComplete(folder: string): Promise<boolean> {
  try {
    await access(join(folder, MANIFEST), constants.R_OK);
    const sizes = JSON.parse(await readFile(join(folder, MANIFEST), "utf8")) as Record<string, number>;
    for (const [name, size] of Object.entries(sizes)) if ((await lstat(join(folder, name))).size !== size) return false;
    return true;
  } catch {
    return false;
  }
}

/** Renames `scratch` to `folder`, atomically. Another process may have been first: its files are as good; a damaged folder makes way. */
async function moveInto(scratch: string, folder: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await rename(scratch, folder);
    } catch (error) {
      if (await isComplete(folder)) return;
      if (attempt === 3) throw error;
      const aside = `${scratch}-damaged-${attempt}`;
      await rename(folder, aside).then(
        () => rm(aside, { recursive: true, force: true }),
        () => undefined,
      );
    }
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
