/** The headless Chromium of the npm package, started so that it cannot outlive the test that wanted it. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { unpack } from "../../src/runtime/embedded/node.ts";

export interface Browser {
  /** Resolves when the browser is gone, with the end of what it wrote on standard error. */
  readonly ended: Promise<string>;
  /** The end of what it has written on standard error so far. */
  complaints(): string;
  /** The debugging pipe (JSON, each message ended by a zero byte): what is written to the browser, and what it says. */
  readonly pipe: { readonly input: Writable; readonly output: Readable };
  /** Kills the browser and all its processes, and removes its profile. */
  close(): Promise<void>;
}

const FLAGS = [
  // It ends a GPU process that has not answered for seconds: on a busy CPU SwiftShader may well not.
  "--disable-gpu-watchdog",
  "--headless",
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-breakpad",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--no-default-browser-check",
  "--no-pings",
  "--remote-debugging-pipe",
];

/**
 * The keeper heads a process group of its own. It kills the group, itself included, when the browser ends or when its standard input
 * closes, which the system does even where the test runner was killed and could not clean up.
 */
const KEEPER = 'exec 5<&0; (cat <&5 >/dev/null; kill -KILL 0) & "$@" 5<&- & wait $!; kill -KILL 0';

const COMPLAINTS = 4000;

/** Opens `url` in a fresh profile, with `flags` of Chromium beside the usual ones. Where nobody speaks on the debugging pipe, it only keeps a browser without a window running. */
export async function launch(url: string, flags: readonly string[] = []): Promise<Browser> {
  const folder = await unpack("browser");
  const home = mkdtempSync(join(tmpdir(), "intarsia-browser-"));
  const executable = join(folder, "chromium");
  const profile = join(home, "profile");
  mkdirSync(profile);
  const command = [executable, ...FLAGS, ...flags, `--user-data-dir=${profile}`, url];
  const child = spawn("/bin/sh", ["-c", KEEPER, "keeper", ...command], {
    detached: true,
    stdio: ["pipe", "ignore", "pipe", "pipe", "pipe"],
    env: { ...process.env, HOME: home, FONTCONFIG_FILE: fontConfiguration(folder, home), ...libraries(executable, folder) },
  });
  let complaints = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-COMPLAINTS);
  });
  const ended = new Promise<string>((resolve) => child.once("exit", () => resolve(complaints)));
  return {
    ended,
    complaints: () => complaints,
    pipe: { input: child.stdio[3] as Writable, output: child.stdio[4] as Readable },
    async close() {
      endGroup(child);
      await ended;
      rmSync(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

/** The package's own libraries, where the system lacks them: a bare container has no NSS. */
export function libraries(executable: string, folder: string): { LD_LIBRARY_PATH?: string } {
  if (spawnSync(executable, ["--version"], { stdio: "ignore" }).status === 0) return {};
  const paths = [join(folder, "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean);
  return { LD_LIBRARY_PATH: paths.join(":") };
}

/** A configuration that names the package's fonts, since a bare container has none. */
export function fontConfiguration(folder: string, home: string): string {
  const path = join(home, "fonts.conf");
  const dirs = [join(folder, "fonts"), "/usr/share/fonts"].map((dir) => `<dir>${dir}</dir>`).join("");
  writeFileSync(path, `<?xml version="1.0"?><fontconfig>${dirs}<cachedir>${join(home, "fonts-cache")}</cachedir></fontconfig>\n`);
  return path;
}
