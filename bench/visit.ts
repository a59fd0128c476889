/** Runs one job in a process of its own and gathers what it reports. */
import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../src/data/errors.ts";
import type { AdapterKind, Ceilings } from "../src/runtime/index.ts";
import type { Job, Lap, Report } from "./worker.ts";
import type { Named } from "./workload.ts";

export interface Visit {
  readonly first?: Lap;
  readonly outputs?: Named<Float32Array>;
  /** Its name, as the library's own device has it. */
  readonly adapter?: string;
  readonly calls: readonly Lap[];
  readonly bytes?: number;
  /** What the library said before: ours only. */
  readonly plannedBytes?: number;
  readonly ceilings?: Ceilings;
  /** Ended by us after so many milliseconds of the first call, or since it. */
  readonly timedOut?: { readonly during: "first" | "calls"; readonly ms: number };
  readonly failed?: string;
}

export interface Limits {
  readonly timeoutMs: number;
  readonly environment: Readonly<Record<string, string>>;
  /** The checkout whose engine is measured. Default: this one. */
  readonly root?: string;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Starts a worker with this message and hears its reports until it ends; true if it had to be ended. */
function converse(message: unknown, { timeoutMs, environment, root = ROOT }: Limits, hear: (report: Report) => void): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = fork(join(root, "bench/worker.ts"), {
      cwd: root,
      env: { ...process.env, ...environment },
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let [late, complaints] = [false, ""];
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.stderr?.on("data", (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2000)));
    child.on("message", (report: Report) => hear(report));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (!late && code !== 0) {
        const [line = "it said nothing"] = complaints
          .trim()
          .split("\n")
          .filter((text) => /error/i.test(text))
          .slice(-1);
        hear({ kind: "failed", message: `the process ended with ${signal ?? code}: ${line}`, user: false });
      }
      resolve(late);
    });
    child.send(message as object);
  });
}

/** The kind and name of the adapter that will be measured. @throws UserError if there is none */
export async function probe(adapter: AdapterKind | undefined): Promise<{ adapter: AdapterKind; description: string }> {
  let found: { adapter: AdapterKind; description: string } | undefined;
  let problem = "the adapter did not answer within a minute";
  await converse({ probe: adapter }, { timeoutMs: 60_000, environment: {} }, (report) => {
    if (report.kind === "probe") found = report;
    if (report.kind === "failed") problem = report.message;
  });
  if (!found) throw new UserError(problem);
  return found;
}

export async function visit(job: Job, limits: Limits): Promise<Visit> {
  const calls: Lap[] = [];
  const heard: { -readonly [K in keyof Visit]: Visit[K] } = { calls };
  let since = performance.now();
  let mistake: UserError | undefined;
  const late = await converse(job, limits, (report) => {
    if (report.kind === "first") {
      heard.first = report.lap;
      heard.outputs = report.outputs;
      heard.adapter = report.adapter;
      since = performance.now();
    } else if (report.kind === "calls") calls.push(...report.laps);
    else if (report.kind === "end") ({ bytes: heard.bytes, plannedBytes: heard.plannedBytes, ceilings: heard.ceilings } = report);
    else if (report.kind === "failed") {
      if (report.user) mistake = new UserError(report.message);
      heard.failed = report.message;
    }
  });
  if (mistake) throw mistake;
  if (late && heard.bytes === undefined && calls.length === 0)
    heard.timedOut = { during: heard.first ? "calls" : "first", ms: performance.now() - since };
  return heard;
}
