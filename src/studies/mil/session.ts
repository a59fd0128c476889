/** A trained set classifier on a device, in the two halves of judging: instances to features, and features to a bag's score. */

import { UserError } from "../../data/errors.ts";
import type { Program } from "../../kernels/index.ts";
import type { Device } from "../../runtime/device.ts";
import type { RunFiles } from "../../training/host.ts";
import { createProgramCache, type ProgramCache } from "../../training/programs.ts";
import { loadModel } from "../../training/run-files.ts";
import type { MilConfig } from "./config.ts";
import { describingStep, scoringStep } from "./step.ts";
import { TASKS } from "./tasks.ts";

export interface Session {
  readonly device: Device;
  readonly config: MilConfig;
  /** All programs over the weights. */
  readonly programs: ProgramCache;
  /** T instances at a time. */
  describing(): Promise<{ readonly program: Program; readonly instances: number }>;
  /** A program for bags of up to `length` instances: how many of them, and how long, it takes. Too long for the device: UserError. */
  scoring(length: number): Promise<{ readonly program: Program; readonly bags: number; readonly length: number }>;
}

/** Instances per describing step: enough work for a GPU, little waste for a small bag. */
const DESCRIBED = 64;
/** Instances, padding included, per scoring step. */
const SCORED = 512;
/** The recurrence is unrolled, so that compiling takes time for every instance: no bag may be longer. */
export const MAX_LENGTH = 1024;

/** `programs`: over the weights; by default, over first ones of the config's seed. */
export function createSession(
  device: Device,
  config: MilConfig,
  programs: ProgramCache = createProgramCache(device, { seed: config.seed }),
): Session {
  // Lengths are rounded up, so that few shapes arise.
  const multiple = TASKS[config.task].length.mean > 8 ? 16 : 8;
  return {
    device,
    config,
    programs,
    async describing() {
      const name = `mil describing, ${DESCRIBED} instances`;
      return { program: await programs.get(name, () => describingStep(config, DESCRIBED)), instances: DESCRIBED };
    },
    async scoring(atLeast) {
      const length = Math.ceil(atLeast / multiple) * multiple;
      const bags = Math.max(1, Math.min(64, Math.floor(SCORED / length)));
      const name = `mil scoring, ${bags} bags of ${length}`;
      if (!programs.has(name)) checkLength(device, config, atLeast, bags, length);
      return { program: await programs.get(name, () => scoringStep(config, bags, length)), bags, length };
    },
  };
}

/** A bag that cannot be judged here is refused before anything is built or allocated for it. */
function checkLength(device: Device, config: MilConfig, wanted: number, bags: number, length: number): void {
  if (wanted > MAX_LENGTH) throw new UserError(`a bag of ${wanted} instances is too long: at most ${MAX_LENGTH}`);
  const most = Math.floor(device.limits.maxBufferSize / (4 * bags * config.features));
  if (length > most) throw new UserError(`a bag of ${wanted} instances is longer than ${device.description} can hold: at most ${most}`);
}

/** A session with the weights of a run. The files' weights must be of the config's architecture: else UserError. */
export async function openTrained(device: Device, config: MilConfig, files: RunFiles): Promise<Session> {
  const session = createSession(device, config);
  await session.describing();
  await session.scoring(1);
  await loadModel(files, session.programs.store);
  return session;
}
