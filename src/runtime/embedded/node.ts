/**
 * What the npm package @sparticuz/chromium carries for Linux x64: SwiftShader with a Vulkan loader, and a headless Chromium.
 * Its archives are unpacked once per user and version, without root, and safely by many processes at a time.
 */

import { constants, type Stats } from "node:fs";
import { access, chmod, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { DeviceError } from "../errors.ts";
import { readTar, type TarEntry } from "./tar.ts";

const PACKAGE = "@sparticuz/chromium";
const MANIFEST = "intarsia-manifest.json";
const SCRATCH = "unpacking-";
const HOUR_MS = 3_600_000;

/** What can be unpacked: files of the package's `bin`. The browser wants its libraries beside it; `lib` holds what a bare system lacks. */
const BUNDLES = {
  swiftshader: ["swiftshader.tar.br"],
  browser: ["chromium.br", "swiftshader.tar.br", "al2023.tar.br", "fonts.tar.br"],
} as const;

export type Bundle = keyof typeof BUNDLES;

/**
 * The folder that holds the bundle's files, unpacked on the first call.
 * @throws DeviceError of kind "adapter" where the platform has no such package or nothing can be written.
 */
export async function unpack(bundle: Bundle): Promise<string> {
  const { root, version } = await findPackage();
  const cache = await cacheFolder();
  const folder = join(cache, `${bundle}-${version}`);
  if (await isComplete(folder)) return folder;
  await sweep(cache);
  const scratch = await mkdtemp(join(cache, SCRATCH));
  try {
    await writeBundle(root, bundle, scratch);
    await moveInto(scratch, folder);
  } catch (cause) {
    throw new DeviceError("adapter", `cannot unpack the ${bundle} of ${PACKAGE} into ${folder}: ${messageOf(cause)}`, { cause });
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

async function writeBundle(root: string, bundle: Bundle, into: string): Promise<void> {
  const sizes: Record<string, number> = {};
  for (const file of BUNDLES[bundle]) {
    for (const entry of await readArchive(join(root, "bin", file))) {
      await writeEntry(into, entry);
      if (entry.kind === "file") sizes[entry.name] = entry.data.length;
    }
  }
  await writeFile(join(into, MANIFEST), JSON.stringify(sizes));
}

/** The entries of `NAME.tar.br`, or the one file of `NAME.br`. */
async function readArchive(path: string): Promise<TarEntry[]> {
  const data = await promisify(brotliDecompress)(await readFile(path));
  return path.endsWith(".tar.br") ? readTar(data) : [{ name: basename(path, ".br"), kind: "file", target: "", data }];
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

/** Removes what processes that were killed while they unpacked have left. */
async function sweep(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(SCRATCH)) continue;
    const path = join(cache, name);
    const age =
      Date.now() -
      (await lstat(path)
        .then(({ mtimeMs }) => mtimeMs)
        .catch(() => Date.now()));
    if (age > HOUR_MS) await rm(path, { recursive: true, force: true });
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
