/** Table 7.1 of the thesis: error rates of set classifiers on the five tasks of digits, with the methods that exist here. */
import type { Claim, MeasureColumn, TableData, Experiment, Row, TablePreset } from "../../../experiments/types.ts";
import { MIL_METHODS, type MilConfig, type MilMethod, presetConfig } from "../config.ts";
import type { MilData } from "../splits.ts";
import { TASK_NAMES, type TaskName } from "../tasks.ts";
import { majorityJob, milJob } from "./jobs.ts";

const TITLES: { readonly [K in TaskName]: string } = {
  "single-digit": "single digit (σ = 2)",
  "single-digit-wide": "single digit (σ = 8)",
  "multiple-digits": "multiple digits",
  counting: "digit counting",
  outlier: "outlier detection",
};

const MAJORITY = "majority";

const rows: readonly Row[] = [
  { id: MAJORITY, title: "Always the commonest answer", note: "of the training sets; it learns nothing, and is not in the thesis' table." },
  {
    id: "attention",
    title: "Atten. Based",
    note: "without the mutual information loss, which the thesis adds for outlier detection (37.0).",
  },
  {
    id: "gated",
    title: "Gated Atten. Based",
    note: "without the mutual information loss, which the thesis adds for outlier detection (37.4).",
  },
  { id: "lstm", title: "Ours w/o Mut. Info.", note: "the iterative set encoder, an LSTM in both directions." },
];

const columns: readonly MeasureColumn[] = TASK_NAMES.map((id) => ({ id, title: TITLES[id], unit: "%", better: "lower", digits: 1 }));

const published = (...numbers: readonly (readonly [mean: number, sd: number | null] | null)[]) =>
  Object.fromEntries(numbers.flatMap((number, i) => (number === null ? [] : [[TASK_NAMES[i], { mean: number[0], sd: number[1] }]])));

/** Means and deviations of five repetitions. */
const thesis: Experiment["thesis"] = {
  attention: published([2.8, 4.8], [4.5, 0.4], [28.5, 0.7], [33.4, 19.3], null),
  gated: published([4.0, 0.9], [4.6, 0.5], [27.4, 0.9], [11.9, 3.6], null),
  lstm: published([3.5, 1.1], [3.1, 0.5], [6.4, 1.4], [9.0, 2.7], [50.0, null]),
};

const claim = (column: TaskName, worse: string, text: string): Claim => ({ claim: text, column, better: "lstm", worse });

/** What section 7.4.1 says of these rows. */
const claims: readonly Claim[] = [
  claim("single-digit-wide", "attention", "σ = 8: ours errs less than attention"),
  claim("single-digit-wide", "gated", "σ = 8: ours errs less than gated attention"),
  claim("multiple-digits", "attention", "multiple digits: ours errs less than attention"),
  claim("multiple-digits", "gated", "multiple digits: ours errs less than gated attention"),
  claim("counting", "attention", "counting: ours errs less than attention"),
  claim("counting", "gated", "counting: ours errs less than gated attention"),
];

/** Of the study's quick preset, what 15 runs of a newcomer's quarter of an hour can afford. */
const QUICK = { trainBags: 400, validationBags: 60, testBags: 400, epochs: 6 } as const;

function configOf(preset: TablePreset, task: TaskName, method: MilMethod): MilConfig {
  if (preset === "small") throw new Error("table 7.1 has no preset small");
  return { ...presetConfig(preset, task, method), ...(preset === "quick" ? QUICK : {}) };
}

const isTask = (name: string): name is TaskName => TASK_NAMES.some((task) => task === name);
const isMethod = (name: string): name is MilMethod => MIL_METHODS.some((method) => method === name);

export const table71 = (data: TableData<MilData>): Experiment => ({
  id: "7.1",
  title: "Table 7.1: sets of digits",
  measures: "Error rate on unseen sets in percent, mean ± deviation over seeds: other sets, other initial weights.",
  ...{ rows, columns, thesis, claims },
  presets: {
    smoke: { what: "learns nothing: for tests", seeds: 1, minutes: 2 },
    quick: { what: "narrow networks, 400 sets, 6 epochs", seeds: 1, minutes: 17 },
    thesis: { what: "the published recipe, one set a step", seeds: 5, minutes: null },
  },
  cell({ row, column, preset, seed }) {
    if (!isTask(column)) return null;
    if (row === MAJORITY) return { job: majorityJob({ ...configOf(preset, column, "lstm"), seed }, data), measure: MAJORITY };
    return isMethod(row) ? { job: milJob({ ...configOf(preset, column, row), seed }, data), measure: "error" } : null;
  },
});
