/** A study without a device: a number by formula, after some steps, with a shared part, in a folder of memory. */
import { memoryFiles, type RunFiles } from "../../src/training/host.ts";
import { throwIfInterrupted } from "../../src/training/errors.ts";
import { CHECKPOINT_FILE } from "../../src/training/checkpoint.ts";
import { prettyJson, readJson, readRun, RESULT_FILE, type RunKind, writeRun } from "../../src/training/run-files.ts";
import type { TableData, Experiment, TableJob, TableFolder, Workshop } from "../../src/experiments/index.ts";

const KIND: RunKind = { format: "fake-run", command: "fake" };

export interface FakeStudy {
  readonly table: Experiment;
  /** Every run that began: `study row seed`, with "again" where it went on. */
  readonly log: string[];
}

export interface FakeOptions {
  /** Told before each of the three steps of every run. */
  readonly onStep?: (name: string, step: number) => void;
  readonly hash?: string;
  /** In the config of every run. */
  readonly width?: number;
}

/** Rows a, b (one run each fills both columns) and the columns x, y; row none is empty. x of a is 1, 2, 3 ... by seed, of b ten times as much. */
export function fakeStudy({ onStep, hash = "h1", width = 1 }: FakeOptions = {}): FakeStudy {
  const log: string[] = [];
  const data: TableData<null> = { name: "numbers", load: async () => null, hash: async () => hash };
  const job = (study: string, config: { row: string; seed: number; width: number }, needs: Record<string, TableJob>): TableJob => ({
    study,
    config,
    data: [data],
    needs,
    async run({ host, resume }) {
      const name = `${study} ${config.row} ${config.seed}`;
      log.push(resume ? `${name} again` : name);
      if (!resume) await writeRun(host.files, KIND, config);
      const saved = resume ? Number(new TextDecoder().decode((await host.files.read(CHECKPOINT_FILE)) ?? new Uint8Array())) : 0;
      for (let step = saved; step < 3; step++) {
        onStep?.(name, step);
        throwIfInterrupted(host.signal);
        await host.files.write(CHECKPOINT_FILE, String(step + 1));
      }
      await host.files.write(RESULT_FILE, prettyJson({ x: config.seed * (config.row === "b" ? 10 : 1), y: 0.5 }));
    },
    async results(files) {
      const values = (await readJson(files, RESULT_FILE)) as Record<string, number> | undefined;
      return values === undefined ? null : { values, adapter: null, seconds: 1 };
    },
    recorded: (files) => readRun(files, KIND),
  });
  const table: Experiment = {
    id: "0.1",
    title: "Table 0.1: made up",
    measures: "Numbers.",
    rows: [
      { id: "a", title: "A" },
      { id: "b", title: "B | b", note: "the other." },
      { id: "none", title: "None" },
    ],
    columns: [
      { id: "x", title: "ex", unit: "%", better: "lower", digits: 1 },
      { id: "y", title: "why", unit: "", better: "higher", digits: 2 },
    ],
    presets: { smoke: { what: "made up", seeds: 2, minutes: 1 } },
    thesis: { a: { x: { mean: 2.5, sd: 0.5 } }, none: { y: { mean: 0.25, sd: null } } },
    claims: [
      { claim: "a errs less than b", column: "x", better: "a", worse: "b" },
      { claim: "b errs less than a", column: "x", better: "b", worse: "a" },
      { claim: "a is better at y", column: "y", better: "a", worse: "b" },
    ],
    cell({ row, column, seed }) {
      if (row === "none") return null;
      const part = job("part", { row: "any", seed: 0, width }, {});
      return { job: job("fake", { row, seed, width }, { part }), measure: column };
    },
  };
  return { table, log };
}

export interface MemoryFolder extends TableFolder {
  readonly content: Map<string, Uint8Array>;
  /** Folders that somebody else has. */
  readonly taken: Set<string>;
}

export function memoryFolder(): MemoryFolder {
  const root = memoryFiles();
  const taken = new Set<string>();
  return {
    content: root.content,
    taken,
    files(folder): RunFiles {
      const at = (name: string): string => (folder === "" ? name : `${folder}/${name}`);
      return {
        read: (name) => root.read(at(name)),
        write: (name, content) => root.write(at(name), content),
        append: (name, text) => root.append(at(name), text),
        locate: at,
      };
    },
    async lock(folder) {
      if (taken.has(folder)) return null;
      taken.add(folder);
      return () => void taken.delete(folder);
    },
  };
}

export interface FakeShop extends Workshop {
  readonly folder: MemoryFolder;
  readonly notes: string[];
  readonly abort: AbortController;
}

export function fakeShop(folder = memoryFolder()): FakeShop {
  const abort = new AbortController();
  const notes: string[] = [];
  return {
    folder,
    notes,
    abort,
    signal: abort.signal,
    version: "1.2.3",
    commit: null,
    note: (line) => void notes.push(line),
    device: () => Promise.reject(new Error("a fake study has no device")),
    hostOf: (files) => ({
      files,
      now: () => 0,
      signal: abort.signal,
      progress: () => undefined,
      encodePng: () => new Uint8Array(),
    }),
  };
}
