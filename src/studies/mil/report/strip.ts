/** A bag as a picture: its digits in a row, and above them how the verdict moves as they arrive. */

import { probabilityOf } from "../../../metrics/classification.ts";
import { escapeHtml, px } from "../../../report/html.ts";
import { decide, type Task, verdictOf, witnessesIn } from "../tasks.ts";

export interface ShownBag {
  /** PNG files as data URIs, one per instance, in the order in which they were read. */
  readonly pictures: readonly string[];
  readonly digits: readonly number[];
  readonly label: number;
  /** The model's number for the first instance alone, the first two, ..., the whole bag. */
  readonly scores: readonly number[];
}

/** Width of a digit's column and height of the curve, in CSS pixels. */
export const COLUMN = 34;
const HEIGHT = 56;

/** The height of a score: a probability, or a share of the largest count that is shown. */
function heightOf(task: Task, score: number, most: number): number {
  return task.kind === "classify" ? probabilityOf(score) : Math.min(1, Math.max(0, score / most));
}

/** "a 9 (97 %)" or "3 (2.9)" */
export function describeVerdict(task: Task, score: number): string {
  const verdict = verdictOf(task, decide(task, score));
  if (task.kind === "count") return `${verdict} (${score.toFixed(1)})`;
  const sure = Math.max(probabilityOf(score), 1 - probabilityOf(score));
  return `${verdict} (${Math.round(100 * sure)} %)`;
}

/** The verdict after each instance: a line, a dot per instance, and the level at which it turns (a count: the truth). */
function curve(task: Task, { scores, label }: ShownBag): string {
  const most = Math.max(1, label, ...scores) + 0.5;
  const y = (height: number): string => px(4 + (1 - height) * (HEIGHT - 8));
  const level = y(task.kind === "classify" ? 0.5 : label / most);
  const at = scores.map((score, i) => ({ x: px((i + 0.5) * COLUMN), y: y(heightOf(task, score, most)), label: decide(task, score) }));
  const dots = at.map((point) => `<circle class="${point.label > 0 ? "yes" : "no"}" cx="${point.x}" cy="${point.y}" r="4"/>`);
  const width = scores.length * COLUMN;
  return `<svg class="curve" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" aria-hidden="true">
<line class="level" x1="0" x2="${width}" y1="${level}" y2="${level}"/>
<polyline class="moves" points="${at.map((point) => `${point.x},${point.y}`).join(" ")}"/>${dots.join("")}
</svg>`;
}

/** One bag. */
export function strip(task: Task, bag: ShownBag, position: number): string {
  const score = bag.scores[bag.scores.length - 1];
  const right = decide(task, score) === bag.label;
  const marks = witnessesIn(task, bag.digits);
  const digits = bag.pictures.map(
    (picture, i) =>
      `<span${marks[i] ? ' class="witness"' : ""}><img src="${picture}" width="28" height="28" alt="${bag.digits[i]}"></span>`,
  );
  return `<figure class="bag ${right ? "right" : "wrong"}">
<figcaption><span class="mark" aria-hidden="true">${right ? "✓" : "✗"}</span> <span class="number">bag ${position}</span>
<span>truth <b>${escapeHtml(verdictOf(task, bag.label))}</b></span> <span>verdict <b>${escapeHtml(describeVerdict(task, score))}</b></span></figcaption>
<div class="scroll"><div class="strip">${curve(task, bag)}<div class="digits">${digits.join("")}</div></div></div>
</figure>`;
}
