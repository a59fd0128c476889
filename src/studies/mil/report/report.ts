/** report.html: one file that shows a run, with nothing from outside. */

import { type ErrorRate, percent } from "../../../metrics/classification.ts";
import {
  figureHtml,
  type HtmlBlock,
  page,
  type BarsFigure,
  type CurvesFigure,
  type FigureBar,
  type TableFigure,
} from "../../../report/index.ts";
import type { Metrics } from "../../../training/types.ts";
import type { MilConfig } from "../config.ts";
import { TASKS, verdictOf } from "../tasks.ts";
import { COLUMN, type ShownBag, strip } from "./strip.ts";
import { BAG_STYLE } from "./style.ts";

export interface ReportData {
  readonly config: MilConfig;
  readonly adapter: string;
  readonly seconds: number;
  readonly peakBytes: number;
  /** One record per epoch; those of `endEpoch` in loop.ts and of validation. */
  readonly metrics: readonly Metrics[];
  /** The epoch whose weights were tested, from 1. */
  readonly bestEpoch: number;
  readonly error: ErrorRate;
  readonly majority: { readonly label: number; readonly error: ErrorRate };
  /** The first test bags, not chosen ones. */
  readonly bags: readonly ShownBag[];
  readonly version: string;
}

const METHOD_TITLES = {
  lstm: "a bidirectional LSTM over the instances",
  gated: "gated attention over the instances",
  attention: "attention over the instances",
} as const;

/** The error beside that of always answering the commonest label. */
function errorBars({ error, majority, config }: ReportData): BarsFigure {
  const bar = (name: string, { rate, low, high }: ErrorRate): FigureBar => ({
    ...{ name, value: rate, low, high },
    text: `${percent(rate)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`,
  });
  const always = `always “${verdictOf(TASKS[config.task], majority.label)}”`;
  return {
    kind: "bars",
    title: "Test error",
    caption: "In parentheses, and as whiskers: the 95 % interval of Wilson.",
    value: { format: (share) => percent(share, 0) },
    bars: [bar("this model", error), bar(always, majority.error)],
  };
}

function curves({ metrics, majority }: ReportData): CurvesFigure[] {
  const points = (key: string) => metrics.filter((record) => key in record).map((record) => [record.epoch, record[key]] as const);
  const pair = (train: string, validation: string) => [
    { name: "training", points: points(train) },
    { name: "validation", points: points(validation) },
  ];
  const x = { label: "epoch" };
  const error: CurvesFigure = {
    ...{ kind: "curves", title: "Error", x, y: { low: 0, format: (share) => percent(share, 0) } },
    curves: pair("error", "validation error"),
    levels: [{ name: "majority", y: majority.error.rate }],
  };
  return [error, { kind: "curves", title: "Loss", x, curves: pair("loss", "validation loss") }];
}

function settings({ config, adapter, seconds, peakBytes, bestEpoch }: ReportData): TableFigure {
  const { length, rule } = TASKS[config.task];
  const rows: [string, string][] = [
    ["Task", `${config.task}: label ${rule}`],
    ["Bag length", `int(normal(${length.mean}, ${length.sigma})), at least 1`],
    [
      "Bags",
      `${config.trainBags} training, ${config.validationBags} validation (held-out training images), ${config.testBags} test (test images)`,
    ],
    ["Method", config.method],
    [
      "Widths",
      `convolutions ${config.channels1} and ${config.channels2}, features ${config.features}, ${config.method === "lstm" ? `LSTM ${config.hidden} per direction` : `attention ${config.attention}`}`,
    ],
    [
      "Optimizer",
      `Adam, learning rate ${config.learningRate} (${config.schedule}), weight decay ${config.weightDecay}, dropout ${config.dropout}`,
    ],
    [
      "Epochs",
      `${config.epochs}, ${config.batch} ${config.batch === 1 ? "bag" : "bags"} per step; tested: the weights of epoch ${bestEpoch}`,
    ],
    ["Seed", String(config.seed)],
    ["Adapter", adapter],
    ["Time, peak memory on the device", `${Math.round(seconds)} s, ${(peakBytes / 2 ** 20).toFixed(0)} MiB`],
  ];
  return { kind: "table", title: "", rows };
}

/** The whole page. */
export function reportHtml(data: ReportData): string {
  const { config, error, bags, version } = data;
  const { question } = TASKS[config.task];
  return page({
    title: `${question[0].toUpperCase()}${question.slice(1)}`,
    lead: `Learnt from the labels of ${config.trainBags} sets of handwritten digits, never from a label of a single digit, by ${METHOD_TITLES[config.method]}.`,
    sections: [
      { content: [headline(error, errorBars(data))] },
      { title: "Learning", content: curves(data) },
      { title: "Sets, as they arrive", content: [howToRead(data), strips(data)] },
      { title: "Settings", content: [settings(data)] },
    ],
    footer: `Written by intarsia ${version}. The bags are in bags.json, the numbers in metrics.jsonl and result.json beside this file.`,
    style: BAG_STYLE + `.bags { --bag: ${COLUMN * Math.max(8, ...bags.map(({ digits }) => digits.length)) + 36}px; }`,
  });
}

const headline = ({ rate, wrong, count }: ErrorRate, bars: BarsFigure): HtmlBlock => ({
  kind: "html",
  html: `<div class="headline"><div><div class="big">${percent(rate)}</div><div class="soft">test error, ${wrong} of ${count} unseen sets</div></div>
${figureHtml(bars)}</div>`,
});

function howToRead({ config, bags }: ReportData): string {
  const task = TASKS[config.task];
  const scale = task.kind === "classify" ? "from “surely not” at the bottom to “surely” at the top" : "as a count";
  const colours = task.verdicts
    ? `Orange dots say “${task.verdicts[1]}”, blue ones “${task.verdicts[0]}”.`
    : "The dashed line is the true count.";
  return `The first ${bags.length} test sets. The curve is the verdict after the digits so far, ${scale}. ${colours} Framed digits decide the label; the model was never told which they are.`;
}

const strips = ({ config, bags }: ReportData): HtmlBlock => ({
  kind: "html",
  html: `<div class="bags">${bags.map((bag, i) => strip(TASKS[config.task], bag, i + 1)).join("\n")}</div>`,
});
