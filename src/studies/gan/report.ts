/** report.html: samples over time, the way between images, curves and settings, in one file. It is written after every round, and at the end. */
import {
  type CurvesFigure,
  type FigureImage,
  type ImagesFigure,
  page,
  pngImage,
  type ReportBlock,
  type TableFigure,
} from "../../report/index.ts";
import type { RunFiles } from "../../training/host.ts";
import type { Metrics } from "../../training/types.ts";
import type { GanConfig, LossName } from "./config.ts";
import { type GanResult, INTERPOLATION_FILE, samplesFile } from "./files.ts";
import type { GanScores } from "./judge.ts";

const TITLES: { readonly [K in LossName]: string } = {
  vanilla: "Vanilla GAN",
  dcgan: "DCGAN",
  wgan: "WGAN",
  "wgan-gp": "WGAN-GP",
  lsgan: "LSGAN",
};

export interface GanReport {
  readonly config: GanConfig;
  /** Null: the run goes on. */
  readonly result: GanResult | null;
  readonly metrics: readonly Metrics[];
  readonly version: string;
}

/** Seconds after which a page of a run that goes on is read anew. */
const REFRESH = 20;

/** The whole page; its pictures are read from the run's files. */
export async function ganReportHtml(files: RunFiles, { config, result, metrics, version }: GanReport): Promise<string> {
  const picture = async (name: string, more: Partial<FigureImage>): Promise<FigureImage[]> => {
    const bytes = await files.read(name);
    return bytes ? [{ ...pngImage(bytes), ...more }] : [];
  };
  const steps = (record: Metrics): number => Math.round(record.step / (config.criticSteps + 1));
  const samples = metrics.map((record) => picture(samplesFile(record.epoch), { caption: `${steps(record)} steps of the generator` }));
  const grids: ImagesFigure = { kind: "images", title: "", images: (await Promise.all(samples)).flat(), size: 272 };
  const way = await picture(INTERPOLATION_FILE, { description: "images between pairs of noise" });
  return page({
    title: TITLES[config.loss],
    lead: "A generator learnt to make images like those of a data set from noise, against a critic that tells them apart (thesis, section 2.3).",
    sections: [
      { title: "The same noise over time", content: [grids] },
      ...(way.length > 0
        ? [{ title: "From one image to another", content: [{ kind: "images", title: "", images: way, size: 720 } as const] }]
        : []),
      { title: "Learning", content: curves(metrics, steps) },
      ...(result ? [{ title: "Numbers", content: scoreRows(result) }] : []),
      { title: "Settings", content: [settingsFigure(config, result)] },
    ],
    footer: result
      ? `Written by intarsia ${version}. The numbers are in metrics.jsonl and result.json beside this file.`
      : `The run goes on: this is what there is after ${metrics.length} ${metrics.length === 1 ? "round" : "rounds"}. Written by intarsia ${version}.`,
    refresh: result ? undefined : REFRESH,
  });
}

function curves(metrics: readonly Metrics[], steps: (record: Metrics) => number): CurvesFigure[] {
  const figure = (title: string, keys: readonly string[]): CurvesFigure[] => {
    const shown = keys.filter((key) => metrics.some((record) => key in record));
    const points = (key: string) => metrics.filter((record) => key in record).map((record) => [steps(record), record[key]] as const);
    const lines = shown.map((key) => ({ name: key, points: points(key) }));
    return shown.length === 0 ? [] : [{ kind: "curves", title, x: { label: "steps of the generator" }, curves: lines }];
  };
  return [
    ...figure("Losses", ["critic loss", "generator loss"]),
    ...figure("Scores of real minus generated images", ["critic distance"]),
    ...figure("Frechet distance", ["frechet"]),
    ...figure("Precision and recall", ["precision", "recall"]),
  ];
}

function scoreRows({ scores, real }: GanResult): ReportBlock[] {
  if (!scores || !real) return ["The images have no classes: no judge was trained, and there are no numbers."];
  const row = (name: string, { frechet, precision, recall, covered }: GanScores) => [
    name,
    frechet,
    precision,
    recall,
    `${covered} of ${scores.classes}`,
  ];
  const table: TableFigure = {
    ...{ kind: "table", title: "" },
    columns: [
      { name: "" },
      { name: "Frechet distance", format: ".2f" },
      { name: "precision", format: ".3f" },
      { name: "recall", format: ".3f" },
      { name: "classes" },
    ],
    rows: [row("this generator", scores), row("training images", real)],
  };
  const judge = `${scores.judged} images against as many held-out ones, in the features of a LeNet that knows ${(100 * scores.judgeAccuracy).toFixed(1)} % of the held-out ones.`;
  return [judge, table];
}

function settingsFigure(config: GanConfig, result: GanResult | null): TableFigure {
  const rows: [string, string][] = [
    ["Loss", config.loss === "vanilla" || config.loss === "dcgan" ? `${config.loss}, ${config.generatorLoss}` : config.loss],
    ["Steps", `${config.iterations} of the generator, ${config.criticSteps} of the critic for each, ${config.batch} images a step`],
    ["Widths", `${config.width}, noise of ${config.noise} numbers, ${config.channels === 1 ? "grey" : "colour"} images`],
    ["Learning rate", String(config.learningRate)],
    ["Seed", String(config.seed)],
  ];
  const measured = ({ adapter, seconds, peakBytes }: GanResult): [string, string][] => [
    ["Adapter", adapter],
    ["Time, peak memory on the device", `${Math.round(seconds)} s, ${(peakBytes / 2 ** 20).toFixed(0)} MiB`],
  ];
  return { kind: "table", title: "", rows: [...rows, ...(result ? measured(result) : [])] };
}
