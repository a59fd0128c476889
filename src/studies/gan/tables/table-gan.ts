/** The five losses of section 2.3 beside one another: the thesis has no table of them. One run fills a row. */
import type { Claim, MeasureColumn, TableData, Experiment, Row, TablePreset } from "../../../experiments/types.ts";
import { type GanConfig, ganConfig, LOSS_NAMES, type LossName } from "../config.ts";
import type { GanData } from "../data.ts";
import { ganJob } from "./jobs.ts";

const TITLES: { readonly [K in LossName]: string } = {
  vanilla: "GAN",
  dcgan: "DCGAN",
  wgan: "WGAN",
  "wgan-gp": "WGAN-GP",
  lsgan: "LSGAN",
};

const REAL = "real";
/** Whose run tells what training images score: that does not depend on the loss. */
const TELLER: LossName = "vanilla";

const rows: readonly Row[] = [
  { id: REAL, title: "Training images", note: "what a perfect generator would reach." },
  ...LOSS_NAMES.map((id) => ({ id, title: TITLES[id] })),
];

const columns: readonly MeasureColumn[] = [
  {
    id: "frechet",
    title: "Frechet distance",
    unit: "",
    better: "lower",
    digits: 1,
    note: "in the features of a LeNet trained here: not the FID.",
  },
  { id: "precision", title: "precision", unit: "", better: "higher", digits: 3 },
  { id: "recall", title: "recall", unit: "", better: "higher", digits: 3 },
  { id: "covered", title: "classes covered", unit: "", better: "higher", digits: 1 },
];

const claim = (text: string, better: LossName, worse: LossName): Claim => ({ claim: text, column: "frechet", better, worse });

/** What section 2.3 says of them, taken as Frechet distances. */
const claims: readonly Claim[] = [
  claim("2.3.2: DCGAN's images are better than GAN's", "dcgan", "vanilla"),
  claim("2.3.3: WGAN-GP does better than WGAN, whose clipping lets gradients vanish or explode", "wgan-gp", "wgan"),
  claim("2.3.4: LSGAN's images are better than GAN's", "lsgan", "vanilla"),
];

/** Generator steps of the two Wasserstein GANs, each of which takes five of the critic. */
const FEWER: Readonly<Partial<Record<TablePreset, number>>> = { quick: 60, small: 1000 };

function configOf(preset: TablePreset, loss: LossName): GanConfig {
  if (preset === "thesis") throw new Error("the table of GANs has no preset thesis");
  const config = ganConfig(preset, loss);
  const fewer = FEWER[preset];
  return config.criticSteps > 1 && fewer !== undefined ? { ...config, iterations: fewer } : config;
}

const isLoss = (name: string): name is LossName => LOSS_NAMES.some((loss) => loss === name);

export const ganTable = (data: TableData<GanData>): Experiment => ({
  id: "gan",
  title: "Five GANs (section 2.3)",
  measures:
    "Images of 32 x 32 after equally many steps of the generator (the Wasserstein GANs: half as many in small, a fifth in quick), against held-out digits; mean ± deviation over seeds.",
  ...{ rows, columns, claims },
  thesis: {},
  presets: {
    smoke: { what: "learns nothing: for tests", seeds: 1, minutes: 1 },
    quick: { what: "300 steps, width 16; the Wasserstein GANs 60", seeds: 1, minutes: 10 },
    small: { what: "2000 steps, width 32; the Wasserstein GANs 1000", seeds: 2, minutes: null },
  },
  cell({ row, column, preset, seed }) {
    if (row === REAL) return { job: ganJob({ ...configOf(preset, TELLER), seed }, data), measure: `real ${column}` };
    return isLoss(row) ? { job: ganJob({ ...configOf(preset, row), seed }, data), measure: column } : null;
  },
});
