/** report.html of a run that has no other: what was logged so far, as curves. It holds no clock, so that a resumed run ends in the same bytes. */
import { type CurvesFigure, page } from "../../report/index.ts";
import type { Metrics } from "../types.ts";

export interface TrainingReport {
  /** Round by round. */
  readonly metrics: readonly Metrics[];
  /** What people call a round, and how many there will be. */
  readonly unit: string;
  readonly epochs: number;
  /** Names of learning rates among the metrics. */
  readonly rates: readonly string[];
  /** The run is at its end. */
  readonly ended: boolean;
}

/** Seconds after which a browser reads the page of a running training anew. */
const REFRESH = 10;

/** The whole page: one figure for each metric, in it its values on training and validation data. */
export function trainingReportHtml({ metrics, unit, epochs, rates, ended }: TrainingReport): string {
  const keys = [...new Set(metrics.flatMap((record) => Object.keys(record)))].filter((key) => key !== "epoch" && key !== "step");
  const subjects = [...new Set(keys.filter((key) => !rates.includes(key)).map(subjectOf))];
  const figures = subjects.map((subject) =>
    figureOf(
      subject,
      keys.filter((key) => !rates.includes(key) && subjectOf(key) === subject),
      metrics,
      unit,
    ),
  );
  const steps = rates.filter((key) => keys.includes(key));
  if (steps.length > 0) figures.push({ ...figureOf("learning rate", steps, metrics, unit), y: { scale: "log" } });
  const done = `${metrics.length} of ${epochs} ${epochs === 1 ? unit : `${unit}s`}`;
  return page({
    title: "Training",
    lead: ended ? `Ended after ${done}.` : `${done} so far. The page follows the run.`,
    sections: [{ content: figures.map((figure, i) => (i === 0 && figures.length % 2 === 1 ? { ...figure, wide: true } : figure)) }],
    footer: "The numbers are in metrics.jsonl beside this file.",
    refresh: ended ? undefined : REFRESH,
  });
}

const PART = /^(validation|training|train)[ .]?(?=[A-Z]|[a-z])/;

/** "validation loss", "validationLoss" and "loss" are about one thing. */
function subjectOf(key: string): string {
  const rest = key.replace(PART, "");
  return rest[0].toLowerCase() + rest.slice(1);
}

function figureOf(subject: string, keys: readonly string[], metrics: readonly Metrics[], unit: string): CurvesFigure {
  const part = (key: string): string => PART.exec(key)?.[1].replace(/^train$/, "training") ?? (key === subject ? "training" : key);
  const curves = keys.map((key) => ({
    // A line alone has the figure's own name.
    name: keys.length === 1 ? "" : part(key),
    points: metrics.filter((record) => key in record).map((record) => [record.epoch, record[key]] as const),
  }));
  return { kind: "curves", title: subject[0].toUpperCase() + subject.slice(1), x: { label: unit }, curves };
}
