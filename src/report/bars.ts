/** Numbers as bars on one scale, each with its interval as a whisker. Colours come from the page's style: ours, base. */
import { escapeHtml, px } from "./html.ts";

export interface Bar {
  readonly name: string;
  /** ours: what the report is about. base: what it is compared with. */
  readonly kind: "ours" | "base";
  readonly value: number;
  /** Ends of its interval. */
  readonly low: number;
  readonly high: number;
  /** Value and interval as text. */
  readonly text: string;
  readonly interval: string;
}

/** `most`: the largest value that the scale may reach. */
export function barChart(bars: readonly Bar[], { most = Number.POSITIVE_INFINITY }: { readonly most?: number } = {}): string {
  const longest = Math.min(most, 1.15 * Math.max(...bars.map(({ high }) => high)));
  const row = ({ name, kind, value, low, high, text, interval }: Bar): string => {
    const at = (x: number): string => px((100 * x) / longest);
    return `<span>${escapeHtml(name)}</span><svg viewBox="0 0 100 22" preserveAspectRatio="none" aria-hidden="true">
<rect class="${kind}" x="0" y="3" width="${at(value)}" height="16"/><line class="whisker" vector-effect="non-scaling-stroke" x1="${at(low)}" x2="${at(high)}" y1="11" y2="11"/></svg>
<span class="value">${escapeHtml(text)} <span class="soft">(${escapeHtml(interval)})</span></span>`;
  };
  return `<div class="bars">${bars.map(row).join("")}</div>`;
}
