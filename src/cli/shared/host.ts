/** The `Host` of a study on the command line: files, clock and progress. */

import { encodePng } from "../../data/node/index.ts";
import type { Host } from "../../training/host.ts";
import { directoryFiles } from "../../training/node.ts";
import type { Reporter } from "./progress.ts";

export const nodeHost = (directory: string, reporter: Reporter, signal: AbortSignal): Host => ({
  now: () => performance.now(),
  files: directoryFiles(directory),
  signal,
  progress: reporter.progress,
  encodePng,
});
