/** Pages and figures as text: self-contained HTML and SVG. */
export { type Bar, barChart } from "./bars.ts";
export { type ChartOptions, lineChart, type Series, ticks } from "./chart.ts";
export { base64, escapeHtml, pngSource, px } from "./html.ts";
export { page, type PageOptions, settingsTable } from "./page.ts";
export { pictureSource } from "./pictures.ts";
export { STYLE } from "./style.ts";
