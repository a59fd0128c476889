/** The `Host` of a study on the command line: files, clock, progress, Ctrl-C. */

import { encodePng } from "../../data/node/index.ts";
import type { Host } from "../../training/host.ts";
import { directoryFiles } from "./output.ts";
import type { Reporter } from "./progress.ts";

export interface Stopper {
  readonly signal: AbortSignal;
  dispose(): void;
}

/** Exit code of a command that was interrupted, as shells count (128 + SIGINT). */
export const INTERRUPTED = 130;

/** The first Ctrl-C (or SIGTERM) asks the run to save and leave, the second ends it at once. */
export function stopOnSignals(note: (line: string) => void): Stopper {
  const controller = new AbortController();
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

export const nodeHost = (directory: string, reporter: Reporter, signal: AbortSignal): Host => ({
  now: () => performance.now(),
  files: directoryFiles(directory),
  signal,
  progress: reporter.progress,
  encodePng,
});
