/** Packs the project and installs it in an empty folder, as a user would. */
import { spawn, type SpawnSyncReturns, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export interface Ending {
  readonly signal: "SIGINT" | "SIGKILL";
  /** What standard error has said by then. */
  readonly after: string;
}

export interface Ended {
  /** Null: a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project that has intarsia without its optional dependencies. */
export interface Lean {
  /** Of everything that was installed. */
  readonly bytes: number;
  run(command: string, ...args: string[]): SpawnSyncReturns<string>;
}

export interface Consumer {
  /** An empty project with intarsia in its node_modules. */
  readonly folder: string;
  /** Paths inside the package. */
  readonly packed: readonly string[];
  /** Of the file that is downloaded. */
  readonly tarballBytes: number;
  readonly lean: Lean;
  run(command: string, ...args: string[]): SpawnSyncReturns<string>;
  /** Runs a program of the folder, and ends it by a signal once its standard error says so. */
  start(program: string, end?: Ending): Promise<Ended>;
  remove(): void;
}

/** What `npm pack` needs: it builds first, so it works on a copy, and the clone's dist/ stays as it is. */
const PACKED_FROM = ["package.json", "README.md", "LICENSE", "bin", "docs", "src", "scripts", "tsconfig.base.json", "tsconfig.build.json"];

function pack(to: string): string {
  const copy = join(to, "copy");
  mkdirSync(copy, { recursive: true });
  for (const path of PACKED_FROM) cpSync(path, join(copy, path), { recursive: true });
  symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
  const npm = spawnSync("npm", ["pack", "--pack-destination", to], { cwd: copy, encoding: "utf8" });
  const tarball = readdirSync(to).find((name) => name.endsWith(".tgz"));
  if (npm.status !== 0 || !tarball) throw new Error(`npm pack failed:\n${npm.stdout}\n${npm.stderr}`);
  return join(to, tarball);
}

/** Installs from npm's cache; where that lacks something (it is not the test's to download), unpacks and links what npm ci brought. */
function install(tarball: string, folder: string): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  const npm = spawnSync("npm", ["install", "--ignore-scripts", "--offline", tarball], { cwd: folder, encoding: "utf8" });
  const { dependencies, optionalDependencies } = manifest(".");
  const names = Object.keys({ ...dependencies, ...optionalDependencies });
  // npm passes over an optional package that it does not find.
  if (npm.status === 0 && names.every((name) => existsSync(join(folder, "node_modules", name)))) return;
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  unpackInto(tarball, folder);
  link(names, folder);
}

function unpackInto(tarball: string, folder: string): void {
  const target = join(folder, "node_modules/intarsia");
  mkdirSync(target, { recursive: true });
  const tar = spawnSync("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"], { encoding: "utf8" });
  if (tar.status !== 0) throw new Error(`tar failed: ${tar.stderr}`);
}

const manifest = (folder: string) =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, Record<string, string>>;

function link(names: readonly string[], folder: string): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(resolve("node_modules", name), join(folder, "node_modules", name));
  }
}

/** What `npm install --omit=optional` leaves: the package and, to any depth, what it cannot do without. */
function makeLean(tarball: string, folder: string): Lean {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "lean", private: true, type: "module" }));
  unpackInto(tarball, folder);
  const names = new Set(Object.keys(manifest(".").dependencies));
  for (const name of names) for (const below of Object.keys(manifest(join("node_modules", name)).dependencies ?? {})) names.add(below);
  link([...names], folder);
  const folders = [join(folder, "node_modules/intarsia"), ...[...names].map((name) => join("node_modules", name))];
  const bytesIn = (path: string): number =>
    readdirSync(path, { recursive: true, encoding: "utf8" }).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
  return {
    bytes: folders.reduce((sum, path) => sum + bytesIn(path), 0),
    run: (command, ...args) => spawnSync(command, args, { cwd: folder, encoding: "utf8", timeout: 60_000 }),
  };
}

export function makeConsumer(): Consumer {
  const root = mkdtempSync(join(tmpdir(), "intarsia-pack-"));
  const folder = join(root, "consumer");
  mkdirSync(folder);
  const tarball = pack(root);
  install(tarball, folder);
  const packed = readdirSync(join(folder, "node_modules/intarsia"), { recursive: true, encoding: "utf8" });
  return {
    folder,
    packed,
    tarballBytes: statSync(tarball).size,
    lean: makeLean(tarball, join(root, "lean")),
    run: (command, ...args) => spawnSync(command, args, { cwd: folder, encoding: "utf8", timeout: 300_000 }),
    start: (program, end) => start(folder, program, end),
    remove: () => rmSync(root, { recursive: true }),
  };
}

function start(cwd: string, program: string, end?: Ending): Promise<Ended> {
  const child = spawn(process.execPath, [program], { cwd, timeout: 300_000 });
  let [stdout, stderr, ending] = ["", "", end];
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => {
    stderr += text;
    if (!ending || !stderr.includes(ending.after)) return;
    child.kill(ending.signal);
    ending = undefined;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
