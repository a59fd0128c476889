/** A run's programs on a device: training steps by capacity, and the two halves of judging, around one store of variables. */

import { UserError } from "../../data/errors.ts";
import type { Program, Store, Variants } from "../../kernels/index.ts";
import type { Device } from "../../runtime/device.ts";
import type { RunFiles } from "../../training/host.ts";
import { createProgramCache } from "../../training/programs.ts";
import { loadModel } from "../../training/run-files.ts";
import type { Capacity } from "./batches.ts";
import type { MilConfig } from "./config.ts";
import type { StepPart } from "../../training/tasks/index.ts";
import { describingStep, scoringStep, trainingStep } from "./step.ts";
import { TASKS } from "./tasks.ts";

export interface Session {
  readonly device: Device;
  readonly config: MilConfig;
  readonly store: Store;
  /** The same capacity and part give the same program. */
  training(capacity: Capacity, part?: StepPart): Promise<Program>;
  /** T instances at a time. */
  describing(): Promise<{ readonly program: Program; readonly instances: number }>;
  /** A program for bags of up to `length` instances: how many of them, and how long, it takes. Too long for the device: UserError. */
  scoring(length: number): Promise<{ readonly program: Program; readonly bags: number; readonly length: number }>;
  /** The most bytes that this session had on the device at once. */
  peakBytes(): number;
  dispose(): void;
}

/** Instances per describing step: enough work for a GPU, little waste for a small bag. */
const DESCRIBED = 64;
/** Instances, padding included, per scoring step. */
const SCORED = 512;
/** The recurrence is unrolled, so that compiling takes time for every instance: no bag may be longer. */
export const MAX_LENGTH = 1024;

/** L is rounded up to this, so that few shapes arise. */
export const lengthMultiple = (config: MilConfig): number => (TASKS[config.task].length.mean > 8 ? 16 : 8);

export function createSession(
  device: Device,
  config: MilConfig,
  { signal, variants }: { readonly signal?: AbortSignal; readonly variants?: Variants } = {},
): Session {
  const programs = createProgramCache(device, { seed: config.seed, signal, variants });
  const multiple = lengthMultiple(config);
  return {
    device,
    config,
    store: programs.store,
    async training(capacity, part = "whole") {
      const { bags, length, instances } = capacity;
      checkInstances(device, config, instances);
      const name = `mil training, ${bags} bags of ${length}, ${instances} instances${part === "whole" ? "" : `, ${part} part`}`;
      return programs.get(name, () => trainingStep(config, capacity, part));
    },
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
    peakBytes: programs.peakBytes,
    dispose: programs.dispose,
  };
}

/** A bag that cannot be judged here is refused before anything is built or allocated for it. */
function checkLength(device: Device, config: MilConfig, wanted: number, bags: number, length: number): void {
  if (wanted > MAX_LENGTH) throw new UserError(`a bag of ${wanted} instances is too long: at most ${MAX_LENGTH}`);
  const most = Math.floor(device.limits.maxBufferSize / (4 * bags * config.features));
  if (length > most) throw new UserError(`a bag of ${wanted} instances is longer than ${device.description} can hold: at most ${most}`);
}

/** The largest tensor of a training step is the first convolution's output, f32 [T, channels1, 24, 24]. */
function checkInstances({ limits, description }: Device, { channels1 }: MilConfig, instances: number): void {
  const most = Math.floor(limits.maxBufferSize / (4 * channels1 * 24 * 24));
  if (instances > most)
    throw new UserError(`a step of ${instances} instances is more than ${description} can hold (${most}); take a smaller batch`);
}

/** A session with the weights of a run, for judging. The files' weights must be of the config's architecture: else UserError. */
export async function openTrained(device: Device, config: MilConfig, files: RunFiles): Promise<Session> {
  const session = createSession(device, config);
  await session.describing();
  await session.scoring(1);
  await loadModel(files, session.store);
  return session;
}
