/** Pages and figures as text: self-contained HTML and SVG. */
export { type ChartOptions, lineChart, type Series, ticks } from "./chart.ts";
export { base64, escapeHtml, pngSource, px } from "./html.ts";
export { STYLE } from "./style.ts";
