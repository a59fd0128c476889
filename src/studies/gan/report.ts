/** report.html: samples over time, the way between images, curves and settings, in one file. */
import { lineChart } from "../../report/chart.ts";
import { escapeHtml, pngSource } from "../../report/html.ts";
import { page, settingsTable } from "../../report/page.ts";
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

const GRID_STYLE = `.grids { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 12px } .grids figure { margin: 0 }
.grids img, .way { width: 100%; image-rendering: pixelated } .way { max-width: 720px }`;

export interface GanReport {
  readonly config: GanConfig;
  readonly result: GanResult;
  readonly metrics: readonly Metrics[];
  readonly version: string;
}

/** The whole page; its pictures are read from the run's files. */
export async function ganReportHtml(files: RunFiles, { config, result, metrics, version }: GanReport): Promise<string> {
  const picture = async (name: string, rest: string): Promise<string> => {
    const bytes = await files.read(name);
    return bytes ? `<img ${rest} alt="${escapeHtml(name)}" src="${pngSource(bytes)}">` : "";
  };
  const steps = (record: Metrics): number => Math.round(record.step / (config.criticSteps + 1));
  const grids = metrics.map(async (record) => {
    const image = await picture(samplesFile(record.epoch), "");
    return `<figure>${image}<figcaption class="soft">${steps(record)} steps of the generator</figcaption></figure>`;
  });
  const body = `<p class="soft">A generator learnt to make images like those of a data set from noise, against a critic that tells them apart (thesis, section 2.3).</p>
<h2>The same noise over time</h2>
<div class="grids">${(await Promise.all(grids)).join("\n")}</div>
<h2>From one image to another</h2>
${await picture(INTERPOLATION_FILE, 'class="way"')}
<h2>Learning</h2>
<div class="charts">${charts(metrics, steps)}</div>
${scoreRows(result)}
<h2>Settings</h2>
${settingsTable(settings(config, result))}`;
  const footer = `Written by intarsia ${escapeHtml(version)}. The numbers are in metrics.jsonl and result.json beside this file.`;
  return page({ title: TITLES[config.loss], body, style: GRID_STYLE, footer });
}

function charts(metrics: readonly Metrics[], steps: (record: Metrics) => number): string {
  const chart = (title: string, keys: readonly string[]): string => {
    const series = keys.map((key) => ({
      name: key,
      points: metrics.filter((record) => Number.isFinite(record[key])).map((record) => [steps(record), record[key]] as const),
    }));
    const shown = series.filter(({ points }) => points.length > 0);
    return shown.length === 0 ? "" : lineChart({ title, xLabel: "steps of the generator", series: shown, format: String });
  };
  return [
    chart("Losses", ["critic loss", "generator loss"]),
    chart("Scores of real minus generated images", ["critic distance"]),
    chart("Frechet distance", ["frechet"]),
    chart("Precision and recall", ["precision", "recall"]),
  ].join("\n");
}

function scoreRows({ scores, real }: GanResult): string {
  if (!scores || !real) return `<p class="soft">The images have no classes: no judge was trained, and there are no numbers.</p>`;
  const row = (name: string, { frechet, precision, recall, covered }: GanScores): [string, string] => [
    name,
    `Frechet distance ${frechet.toFixed(2)}, precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, ${covered} of ${scores.classes} classes`,
  ];
  return `<h2>Numbers</h2>
<p class="soft">${scores.judged} images against as many held-out ones, in the features of a LeNet that knows ${(100 * scores.judgeAccuracy).toFixed(1)} % of the held-out ones.</p>
${settingsTable([row("this generator", scores), row("training images", real)])}`;
}

const settings = (config: GanConfig, { adapter, seconds, peakBytes }: GanResult): [string, string][] => [
  ["Loss", config.loss === "vanilla" || config.loss === "dcgan" ? `${config.loss}, ${config.generatorLoss}` : config.loss],
  ["Steps", `${config.iterations} of the generator, ${config.criticSteps} of the critic for each, ${config.batch} images a step`],
  ["Widths", `${config.width}, noise of ${config.noise} numbers, ${config.channels === 1 ? "grey" : "colour"} images`],
  ["Learning rate", String(config.learningRate)],
  ["Seed", String(config.seed)],
  ["Adapter", adapter],
  ["Time, peak memory on the device", `${Math.round(seconds)} s, ${(peakBytes / 2 ** 20).toFixed(0)} MiB`],
];
