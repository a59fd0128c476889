/** A study's run as a command: one device, progress on the terminal, and Ctrl-C that saves before it leaves. */

import * as fs from "node:fs";
import * as path from "node:path";
import type { Variants } from "../../kernels/index.ts";
import type { AdapterKind, Device } from "../../runtime/index.ts";
import { CHECKPOINT_FILE } from "../../training/checkpoint.ts";
import { Interrupted, isAbort } from "../../training/errors.ts";
import type { Host } from "../../training/host.ts";
import { describeDevice, withDevice } from "./device.ts";
import { stopOnSignals } from "../../training/node.ts";
import { nodeHost } from "./host.ts";
import { clearOutput } from "./output.ts";
import { PACKAGE } from "./package.ts";
import { createReporter } from "./progress.ts";
import { variantsOf } from "./variants-file.ts";

/** What every study is given. */
export interface World {
  readonly host: Host;
  readonly device: Device;
  readonly version: string;
  readonly variants?: Variants;
}

export interface StudyRun<T> {
  /** Task and model in a line or two, printed before the run begins. */
  readonly announcement: string;
  /** The study's files in addition to those of every run: `--force` removes them. */
  readonly files: readonly string[];
  readonly run: (world: World, options: { readonly resume: boolean }) => Promise<T>;
}

export interface StudyOptions {
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly adapter?: AdapterKind;
  readonly variants?: string;
}

/** Runs a study in a directory that `checkOutput` accepted. */
export async function runStudy<T>(directory: string, study: StudyRun<T>, options: StudyOptions): Promise<T> {
  const reporter = createReporter();
  const stopper = stopOnSignals(reporter.note);
  try {
    return await withDevice(options.adapter, async (device) => {
      console.log(`intarsia ${PACKAGE.version} on ${describeDevice(device)}`);
      console.log(study.announcement);
      if (options.force) clearOutput(directory, study.files);
      const host = nodeHost(directory, reporter, stopper.signal);
      // A run that was stopped before its first checkpoint is resumed by beginning it.
      const resume = options.resume === true && fs.existsSync(path.join(directory, CHECKPOINT_FILE));
      return await study.run({ host, device, version: PACKAGE.version, variants: variantsOf(options.variants, device) }, { resume });
    });
  } catch (error) {
    // Compiling, too, stops when it is asked to.
    if (stopper.signal.aborted && isAbort(error)) {
      throw error instanceof Interrupted ? error : new Interrupted(`interrupted; --resume --out ${directory} goes on`);
    }
    throw error;
  } finally {
    reporter.stop();
    stopper.dispose();
  }
}
