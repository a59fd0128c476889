/** The frame of a report: one HTML file without script, with nothing from outside. */
import { escapeHtml } from "./html.ts";
import { STYLE } from "./style.ts";

export interface PageOptions {
  /** Text. */
  readonly title: string;
  /** HTML of the page, below its title. */
  readonly body: string;
  /** CSS rules in addition to those of every report. */
  readonly style?: string;
  /** HTML at the end. */
  readonly footer: string;
}

export function page({ title, body, style = "", footer }: PageOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>intarsia: ${escapeHtml(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
<footer>${footer}</footer>
</main>
</body>
</html>
`;
}

/** Names and values, as text. */
export const settingsTable = (rows: readonly (readonly [name: string, value: string])[]): string =>
  `<table class="card">${rows.map(([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`).join("\n")}</table>`;
