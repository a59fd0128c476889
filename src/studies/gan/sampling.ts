/** Images of a generator: of drawn noise, and on the way from one draw to another. */
import { createRandom } from "../../data/random.ts";
import { input } from "../../graph/index.ts";
import { createParams, createTraining, inference } from "../../models/index.ts";
import type { Device } from "../../runtime/device.ts";
import type { RunFiles } from "../../training/host.ts";
import { createProgramCache, type ProgramCache } from "../../training/programs.ts";
import { loadModel } from "../../training/run-files.ts";
import type { GanConfig } from "./config.ts";
import { criticOf, generatorOf, SIDE } from "./study.ts";

/** z, one list of numbers for each image. */
export type Noise = readonly Float32Array[];

/** Images that are generated at a time. */
const BATCH = 64;

/** `count` draws from N(0, 1). The first ones are the same whatever the count. */
export const drawNoise = (seed: number, count: number, numbers: number): Noise =>
  Array.from({ length: count }, (_, i) => {
    const random = createRandom(seed, "noise", i);
    return Float32Array.from({ length: numbers }, () => random.normal());
  });

/**
 * `steps` points from a to b, both included, along the great circle between them (White, arXiv:1609.04468): points on the straight line are nearer to 0 than
 * any noise that a generator has seen.
 */
export function interpolateNoise(a: Float32Array, b: Float32Array, steps: number): Noise {
  const [lengthA, lengthB] = [Math.hypot(...a), Math.hypot(...b)];
  const product = a.reduce((total, value, i) => total + value * b[i], 0);
  const angle = Math.acos(Math.max(-1, Math.min(1, product / (lengthA * lengthB))));
  return Array.from({ length: steps }, (_, i) => {
    const t = steps === 1 ? 0 : i / (steps - 1);
    const [p, q] = angle < 1e-6 ? [1 - t, t] : [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
    return a.map((value, k) => p * value + q * b[k]);
  });
}

/** Images f32 [channels, 32, 32] in 0..1 of the generator in `programs`, which must have its weights. */
export async function generateImages(
  programs: ProgramCache,
  config: GanConfig,
  noise: Noise,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Float32Array[]> {
  const program = await programs.get(`gan samples, batch ${BATCH}`, () => {
    const images = generatorOf(createParams().at("generator"), input("z", [BATCH, config.noise]), config, inference);
    return { outputs: { images }, updates: [] };
  });
  const size = config.channels * SIDE * SIDE;
  const made: Float32Array[] = [];
  for (let first = 0; first < noise.length; first += BATCH) {
    const z = new Float32Array(BATCH * config.noise);
    noise.slice(first, first + BATCH).forEach((one, i) => z.set(one, i * config.noise));
    const { images } = await program.call({ z }, { signal });
    for (let i = 0; i < BATCH && first + i < noise.length; i++)
      made.push(Float32Array.from(images.subarray(i * size, (i + 1) * size), (value) => (value + 1) / 2));
  }
  return made;
}

/** The networks of a run, for sampling. Weights that are missing, damaged or of another architecture: UserError. */
export async function openGenerator(device: Device, config: GanConfig, files: RunFiles): Promise<ProgramCache> {
  const programs = createProgramCache(device, { seed: config.seed });
  try {
    const params = createParams();
    const training = createTraining();
    const images = generatorOf(params.at("generator"), input("z", [2, config.noise]), config, training);
    criticOf(params.at("critic"), images, config, training);
    for (const variable of params.all()) programs.store.ensure(variable);
    await loadModel(files, programs.store);
    return programs;
  } catch (error) {
    programs.dispose();
    throw error;
  }
}
