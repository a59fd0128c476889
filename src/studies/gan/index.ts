/** Generative adversarial networks as a library (`intarsia/studies/gan`): five losses on images of 32 x 32, trained, sampled and judged. */
export { GAN_PRESETS, type GanConfig, ganConfig, type GanPresetName, ganSettings, LOSS_NAMES, type LossName } from "./config.ts";
export type { GanData } from "./data.ts";
export type { GanResult } from "./files.ts";
export { type GanRun, runGan } from "./run.ts";
export { drawNoise, generateImages } from "./sampling.ts";
export { criticOf, type GanDraws, type GanNetwork, ganStudy, ganTask, generatorOf, SIDE } from "./study.ts";
