/** Where a training of one's own runs in Node: its files in a folder, a line of progress, and Ctrl-C, which saves before it ends. */
import * as fs from "node:fs";
import * as path from "node:path";
import { encodePng, makeDirectory, withFileErrors, writeFileAtomic } from "../data/node/index.ts";
import { CHECKPOINT_FILE } from "./checkpoint.ts";
import { isAbort } from "./errors.ts";
import type { Host, Progress, RunFiles } from "./host.ts";
import { progressText } from "./meter.ts";

/** Exit code of a command that was interrupted, as shells count (128 + SIGINT). */
export const INTERRUPTED = 130;

export interface FolderHostOptions {
  /** Stops the run: it saves, and `fit` throws `Interrupted`. Default: Ctrl-C or SIGTERM, after which the program ends with exit code 130. */
  readonly signal?: AbortSignal;
  /** Default: a line on standard error that is written anew where that is a terminal, and one line a round elsewhere. */
  readonly progress?: (event: Progress) => void;
}

/**
 * The files of one run in a directory, which is made with the first of them: `fit(device, task, data, { host: folderHost("runs/flowers"),
 * resume: true, ... })` goes on where the last one, stopped or killed, had saved. Every file is whole at every moment.
 */
export function folderHost(directory: string, { signal, progress }: FolderHostOptions = {}): Host {
  const line = progress ? null : progressLine();
  const controller = new AbortController();
  const begin = (): ((error?: unknown) => void) => {
    const note = (text: string): void => {
      line?.clear();
      console.error(text);
    };
    const stopper = signal ? null : stopOnSignals(note, controller);
    return (error) => {
      line?.clear();
      stopper?.dispose();
      if (!stopper?.signal.aborted || (error !== undefined && !isAbort(error))) return;
      const saved = path.join(directory, CHECKPOINT_FILE);
      console.error(fs.existsSync(saved) ? `saved in ${saved}` : "stopped before there was anything to save");
      process.exit(INTERRUPTED);
    };
  };
  return {
    now: () => performance.now(),
    files: directoryFiles(directory),
    signal: signal ?? controller.signal,
    progress: progress ?? line?.show ?? (() => undefined),
    begin,
    encodePng,
  };
}

/** The files of a run in a directory, which is made with the first of them. */
export function directoryFiles(directory: string): RunFiles {
  const locate = (name: string): string => path.join(directory, name);
  return {
    locate,
    read: async (name) =>
      withFileErrors(locate(name), "read", () => (fs.existsSync(locate(name)) ? new Uint8Array(fs.readFileSync(locate(name))) : null)),
    write: async (name, content) => writeFileAtomic(locate(name), content),
    async append(name, text) {
      withFileErrors(locate(name), "write", () => {
        makeDirectory(directory);
        fs.appendFileSync(locate(name), text);
      });
    },
  };
}

export interface Stopper {
  readonly signal: AbortSignal;
  dispose(): void;
}

/** The first Ctrl-C (or SIGTERM) asks the run to save and leave, the second ends it at once. */
export function stopOnSignals(note: (line: string) => void, controller = new AbortController()): Stopper {
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
    note("saving, then leaving (once more: leave at once)");
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return {
    signal: controller.signal,
    dispose() {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
}

interface ProgressLine {
  show(event: Progress): void;
  clear(): void;
}

/** On standard error. A terminal's line is cut to its width, so that it can be written over. */
function progressLine(stream = process.stderr): ProgressLine {
  let shown = false;
  const clear = (): void => {
    if (shown) stream.write("\r\x1b[K");
    shown = false;
  };
  return {
    clear,
    show(event) {
      if (event.epochEnded) {
        clear();
        stream.write(`${progressText(event)}\n`);
      } else if (stream.isTTY) {
        stream.write(`\r\x1b[K${progressText(event).slice(0, (stream.columns ?? 80) - 1)}`);
        shown = true;
      }
    },
  };
}
