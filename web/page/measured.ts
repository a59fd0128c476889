/** Below the map: how much the network depends on what it marks. */
import { type Faithfulness, OCCLUDED, points } from "intarsia/explain";
import { byId } from "./dom.ts";
import type { State } from "./state.ts";

const details = byId("measured", HTMLDetailsElement);
const apology = byId("unmeasured", HTMLElement);
const progress = byId("measuring", HTMLProgressElement);

/** What each number is, and how it is written. */
const NUMBERS: readonly (readonly [id: string, value: (found: Faithfulness) => number, text: (value: number) => string])[] = [
  ["deletion", ({ deletion }) => deletion.auc, (value) => value.toFixed(3)],
  ["insertion", ({ insertion }) => insertion.auc, (value) => value.toFixed(3)],
  ["occlusion", ({ occlusion }) => -occlusion.drop, points],
];

for (const share of details.querySelectorAll(".occluded")) share.textContent = `${Math.round(100 * OCCLUDED)} %`;

/** How much of it is done, 0 to 1. */
export const showMeasuring = (share: number): void => {
  progress.value = share;
};

export function drawMeasured({ measured }: State): void {
  progress.hidden = measured !== "waiting";
  details.hidden = measured === null || measured === "failed";
  apology.hidden = measured !== "failed";
  if (measured === null || measured === "failed") return;
  for (const [id, valueOf, text] of NUMBERS) {
    const shown = byId(id, HTMLDataElement);
    const value = measured === "waiting" ? null : valueOf(measured);
    shown.value = value === null ? "" : String(value);
    shown.textContent = value === null ? "…" : text(value);
  }
}
