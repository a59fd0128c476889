/** PyTorch on the CPU, beside the libraries on WebGPU: what the same cores do without a graphics interface between. It is no peer of the goals. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asFloat32, decodeNpy, encodeNpy } from "../../src/data/index.ts";
import { fillAll } from "../tensors.ts";
import type { Visit } from "../visit.ts";
import type { Lap } from "../worker.ts";
import type { Workload } from "../workload.ts";

export interface PyTorch {
  /** The Python that has it. */
  readonly python: string;
  readonly version: string;
  /** Those that `forms.py` has. */
  readonly workloads: readonly string[];
}

const SCRIPT = fileURLToPath(new URL("visit.py", import.meta.url));

/** null where this Python, or its PyTorch, is not there. */
export async function findPyTorch(python: string): Promise<PyTorch | null> {
  const { code, out } = await runScript(python, [], 60_000);
  return code === 0 ? { python, ...(JSON.parse(out) as Omit<PyTorch, "python">) } : null;
}

export interface PyTorchLimits {
  readonly steadyMs: number;
  readonly maxCalls: number;
  readonly timeoutMs: number;
}

/** One process: the first call and its outputs, then steady calls. What fails is told in `failed`. */
export async function visitPyTorch({ python }: PyTorch, workload: Workload, limits: PyTorchLimits): Promise<Visit> {
  const folder = mkdtempSync(join(tmpdir(), "intarsia-bench-"));
  try {
    for (const name of ["in", "out"]) mkdirSync(join(folder, name));
    for (const [name, { shape, values }] of Object.entries(fillAll(workload.tensors()))) {
      const dtype = values instanceof Int32Array ? "I32" : "F32";
      writeFileSync(join(folder, "in", `${name}.npy`), encodeNpy({ shape, dtype, data: values }));
    }
    const args = [folder, workload.name, limits.steadyMs, limits.maxCalls, availableParallelism()].map(String);
    const { code, out, err } = await runScript(python, args, limits.timeoutMs);
    if (code === null) return { calls: [], timedOut: { during: "first", ms: limits.timeoutMs } };
    if (code !== 0) return { calls: [], failed: err.trim().split("\n").at(-1) ?? `it ended with ${code}` };
    const laps = JSON.parse(out) as { readonly first: Lap; readonly calls: readonly Lap[] };
    return { ...laps, outputs: outputsIn(join(folder, "out")) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function outputsIn(folder: string): Record<string, Float32Array> {
  const outputs = readdirSync(folder).map((file) => {
    const tensor = decodeNpy(readFileSync(join(folder, file)), file);
    return [file.slice(0, -".npy".length), asFloat32(tensor)] as const;
  });
  return Object.fromEntries(outputs);
}

interface Ended {
  /** null: it had to be ended, or could not be started. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function runScript(python: string, args: readonly string[], timeout: number): Promise<Ended> {
  const child = spawn(python, [SCRIPT, ...args], { env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" }, timeout, killSignal: "SIGKILL" });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => {
    child.once("error", () => resolve({ code: null, out, err }));
    child.once("close", (code) => resolve({ code, out, err }));
  });
}
