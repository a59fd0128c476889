/** report.html: one file that shows a run. No script, nothing from outside. */

import type { Metrics } from "../../../training/types.ts";
import type { MilConfig } from "../config.ts";
import { type ErrorRate, percent } from "../../../metrics/classification.ts";
import { TASKS, verdictOf } from "../tasks.ts";
import { lineChart } from "../../../report/chart.ts";
import { escapeHtml, px } from "../../../report/html.ts";
import { COLUMN, type ShownBag, strip } from "./strip.ts";
import { STYLE } from "../../../report/style.ts";

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

/** Two bars on one scale, with the interval as a whisker. */
function bars({ error, majority, config }: ReportData): string {
  const high = Math.min(1, 1.15 * Math.max(error.high, majority.error.high));
  const row = (name: string, kind: string, { rate, low, high: top }: ErrorRate): string => {
    const at = (value: number): string => px((100 * value) / high);
    return `<span>${escapeHtml(name)}</span><svg viewBox="0 0 100 22" preserveAspectRatio="none" aria-hidden="true">
<rect class="${kind}" x="0" y="3" width="${at(rate)}" height="16"/><line class="whisker" vector-effect="non-scaling-stroke" x1="${at(low)}" x2="${at(top)}" y1="11" y2="11"/></svg>
<span class="value">${percent(rate)} <span class="soft">(${(100 * low).toFixed(1)} to ${(100 * top).toFixed(1)})</span></span>`;
  };
  const always = `always “${verdictOf(TASKS[config.task], majority.label)}”`;
  return `<div class="bars">${row("this model", "ours", error)}${row(always, "base", majority.error)}</div>`;
}

function charts({ metrics, majority }: ReportData): string {
  const series = (key: string): (readonly [number, number])[] =>
    metrics.filter((record) => Number.isFinite(record[key])).map((record) => [record.epoch, record[key]] as const);
  const pair = (train: string, validation: string) => [
    { name: "training", points: series(train) },
    { name: "validation", points: series(validation) },
  ];
  const loss = lineChart({ title: "Loss", xLabel: "epoch", series: pair("loss", "validationLoss"), format: (y) => String(y) });
  const error = lineChart({
    title: "Error",
    xLabel: "epoch",
    series: pair("trainError", "validationError"),
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
  return `<table class="card">${rows.map(([name, value]) => `<tr><td>${name}</td><td>${escapeHtml(value)}</td></tr>`).join("\n")}</table>`;
}

/** The whole page. */
export function reportHtml(data: ReportData): string {
  const task = TASKS[data.config.task];
  const title = `${task.question[0].toUpperCase()}${task.question.slice(1)}`;
  const colours = task.verdicts
    ? `Orange dots say “${task.verdicts[1]}”, blue ones “${task.verdicts[0]}”.`
    : "The dashed line is the true count.";
  const widest = COLUMN * Math.max(8, ...data.bags.map(({ digits }) => digits.length)) + 36;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>intarsia: ${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="soft">Learnt from the labels of ${data.config.trainBags} sets of handwritten digits, never from a label of a single digit, by ${METHOD_TITLES[data.config.method]}.</p>
<section class="headline card"><div><div class="big">${percent(data.error.rate)}</div><div class="soft">test error, ${data.error.wrong} of ${data.error.count} unseen sets</div></div>
${bars(data)}</section>
<p class="soft">In parentheses: the 95 % interval of Wilson.</p>
<h2>Learning</h2>
${charts(data)}
<h2>Sets, as they arrive</h2>
<p class="soft">The first ${data.bags.length} test sets. The curve is the verdict after the digits so far, ${task.kind === "classify" ? "from “surely not” at the bottom to “surely” at the top" : "as a count"}. ${escapeHtml(colours)} Framed digits decide the label; the model was never told which they are.</p>
<div class="bags" style="--bag: ${widest}px">
${data.bags.map((bag, i) => strip(task, bag, i + 1)).join("\n")}
</div>
<h2>Settings</h2>
${settings(data)}
<footer>Written by intarsia ${escapeHtml(data.version)}. The bags are in bags.json, the numbers in metrics.jsonl and result.json beside this file.</footer>
</main>
</body>
</html>
`;
}
