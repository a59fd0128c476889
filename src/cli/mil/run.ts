/** A trained run on disk. */

import { UserError } from "../../data/errors.ts";
import type { MilConfig } from "../../studies/mil/config.ts";
import { readMilRun } from "../../studies/mil/files.ts";
import { MODEL_FILE } from "../../training/run-files.ts";
import { directoryFiles } from "../../training/node.ts";

/** The config of a run that has weights. No run, or none yet: UserError. */
export async function trainedConfig(directory: string): Promise<MilConfig> {
  const files = directoryFiles(directory);
  const config = await readMilRun(files);
  if (!config) throw new UserError(`${directory}: no run of intarsia mil`);
  if (!(await files.read(MODEL_FILE))) throw new UserError(`${directory}: has no ${MODEL_FILE} yet; train it to the end of an epoch first`);
  return config;
}
