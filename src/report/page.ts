/** A report: one HTML file with nothing from outside, for light and dark screens, phones and paper. */
import { figureHtml } from "./figure.ts";
import { escapeHtml } from "./html.ts";
import { SAVE_SCRIPT } from "./save.ts";
import { STYLE } from "./style.ts";
import type { Figure } from "./types.ts";

/** HTML of the caller's own, which is not escaped. */
export interface HtmlBlock {
  readonly kind: "html";
  readonly html: string;
}

/** A paragraph of text, a figure, or HTML. */
export type ReportBlock = string | Figure | HtmlBlock;

export interface ReportSection {
  readonly title?: string;
  /** From top to bottom; figures that follow one another stand side by side where there is room. */
  readonly content: readonly ReportBlock[];
}

export interface PageOptions {
  readonly title: string;
  /** Below the title, in a sentence or two. */
  readonly lead?: string;
  readonly sections: readonly ReportSection[];
  /** Text at the end: who wrote it, and what lies beside it. */
  readonly footer?: string;
  /** CSS rules for the caller's own HTML. */
  readonly style?: string;
  /** The file is going to be written again: the browser reads it anew after so many seconds. */
  readonly refresh?: number;
}

/** The whole file. */
export function page({ title, lead, sections, footer, style = "", refresh }: PageOptions): string {
  const again = refresh === undefined ? "" : `\n<meta http-equiv="refresh" content="${Math.max(1, Math.round(refresh))}">`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">${again}
<title>${escapeHtml(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${lead === undefined ? "" : paragraph(lead)}
${sections.map(sectionHtml).join("\n")}
${footer === undefined ? "" : `<footer>${escapeHtml(footer)}</footer>`}
</main>
<script>${SAVE_SCRIPT}</script>
</body>
</html>
`;
}

const paragraph = (text: string): string => `<p class="soft">${escapeHtml(text)}</p>`;

function sectionHtml({ title, content }: ReportSection): string {
  const parts: string[] = [];
  let figures: string[] = [];
  const flush = (): void => {
    if (figures.length > 0) parts.push(`<div class="figures">${figures.join("\n")}</div>`);
    figures = [];
  };
  for (const block of content) {
    if (typeof block !== "string" && block.kind !== "html") {
      figures.push(figureHtml(block));
      continue;
    }
    flush();
    parts.push(typeof block === "string" ? paragraph(block) : block.html);
  }
  flush();
  return `<section>${title === undefined ? "" : `<h2>${escapeHtml(title)}</h2>\n`}${parts.join("\n")}</section>`;
}
