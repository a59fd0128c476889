/** Packs the project and installs it in an empty folder, as a user would. */
import { spawn, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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

export interface Consumer {
  /** An empty project with intarsia in its node_modules. */
  readonly folder: string;
  /** Paths inside the package. */
  readonly packed: readonly string[];
  run(command: string, ...args: string[]): SpawnSyncReturns<string>;
  /** Runs a program of the folder, and ends it by a signal once its standard error says so. */
  start(program: string, end?: Ending): Promise<Ended>;
  remove(): void;
}

/** What `npm pack` needs: it builds first, so it works on a copy, and the clone's dist/ stays as it is. */
const PACKED_FROM = ["package.json", "README.md", "LICENSE", "bin", "src", "scripts", "tsconfig.base.json", "tsconfig.build.json"];

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
  if (npm.status === 0) return;
  const target = join(folder, "node_modules/intarsia");
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const tar = spawnSync("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"], { encoding: "utf8" });
  if (tar.status !== 0) throw new Error(`tar failed: ${tar.stderr}`);
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as Record<string, Record<string, string>>;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(resolve("node_modules", name), join(folder, "node_modules", name));
  }
}

export function makeConsumer(): Consumer {
  const root = mkdtempSync(join(tmpdir(), "intarsia-pack-"));
  const folder = join(root, "consumer");
  mkdirSync(folder);
  install(pack(root), folder);
  const packed = readdirSync(join(folder, "node_modules/intarsia"), { recursive: true, encoding: "utf8" });
  return {
    folder,
    packed,
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
