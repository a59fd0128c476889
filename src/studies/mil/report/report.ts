/** report.html: one file that shows a run. No script, nothing from outside. */

import { type ErrorRate, percent } from "../../../metrics/classification.ts";
import { type Bar, barChart } from "../../../report/bars.ts";
import { lineChart } from "../../../report/chart.ts";
import { escapeHtml } from "../../../report/html.ts";
import { page, settingsTable } from "../../../report/page.ts";
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
function errorBars({ error, majority, config }: ReportData): string {
  const bar = (name: string, kind: Bar["kind"], { rate, low, high }: ErrorRate): Bar => ({
    ...{ name, kind, value: rate, low, high },
    text: percent(rate),
    interval: `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`,
  });
  const always = `always “${verdictOf(TASKS[config.task], majority.label)}”`;
  return barChart([bar("this model", "ours", error), bar(always, "base", majority.error)], { most: 1 });
}

function charts({ metrics, majority }: ReportData): string {
  const series = (key: string): (readonly [number, number])[] =>
    metrics.filter((record) => Number.isFinite(record[key])).map((record) => [record.epoch, record[key]] as const);
  const pair = (train: string, validation: string) => [
    { name: "training", points: series(train) },
    { name: "validation", points: series(validation) },
  ];
  const loss = lineChart({ title: "Loss", xLabel: "epoch", series: pair("loss", "validation loss"), format: (y) => String(y) });
  const error = lineChart({
    title: "Error",
    xLabel: "epoch",
    series: pair("error", "validation error"),
    format: (y) => percent(y, 0),
    level: { name: "majority", y: majority.error.rate },
  });
  return `<div class="charts">${error}${loss}</div>`;
}

function settings({ config, adapter, seconds, peakBytes, bestEpoch }: ReportData): string {
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
  return settingsTable(rows);
}

/** The whole page. */
export function reportHtml(data: ReportData): string {
  const task = TASKS[data.config.task];
  const title = `${task.question[0].toUpperCase()}${task.question.slice(1)}`;
  const colours = task.verdicts
    ? `Orange dots say “${task.verdicts[1]}”, blue ones “${task.verdicts[0]}”.`
    : "The dashed line is the true count.";
  const widest = COLUMN * Math.max(8, ...data.bags.map(({ digits }) => digits.length)) + 36;
  const body = `<p class="soft">Learnt from the labels of ${data.config.trainBags} sets of handwritten digits, never from a label of a single digit, by ${METHOD_TITLES[data.config.method]}.</p>
<section class="headline card"><div><div class="big">${percent(data.error.rate)}</div><div class="soft">test error, ${data.error.wrong} of ${data.error.count} unseen sets</div></div>
${errorBars(data)}</section>
<p class="soft">In parentheses: the 95 % interval of Wilson.</p>
<h2>Learning</h2>
${charts(data)}
<h2>Sets, as they arrive</h2>
<p class="soft">The first ${data.bags.length} test sets. The curve is the verdict after the digits so far, ${task.kind === "classify" ? "from “surely not” at the bottom to “surely” at the top" : "as a count"}. ${escapeHtml(colours)} Framed digits decide the label; the model was never told which they are.</p>
<div class="bags" style="--bag: ${widest}px">
${data.bags.map((bag, i) => strip(task, bag, i + 1)).join("\n")}
</div>
<h2>Settings</h2>
${settings(data)}`;
  const footer = `Written by intarsia ${escapeHtml(data.version)}. The bags are in bags.json, the numbers in metrics.jsonl and result.json beside this file.`;
  return page({ title, body, style: BAG_STYLE, footer });
}
