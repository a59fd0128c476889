/** The style of every report: one sheet for light and dark screens, phones and paper. No font or picture from outside. */
import { inkRules } from "./draw/palette.ts";

export const STYLE = `
:root { color-scheme: light dark; --page: #fbfaf8; --card: #ffffff; --ink: #1d2328; --soft: #5d6770; --line: #e2e0db;
  --a: #0072b2; --b: #d55e00; --good: #2e7d4f; --bad: #b3261e; }
${inkRules("svg", "light")}
@media screen and (prefers-color-scheme: dark) { :root { --page: #14171a; --card: #1c2126; --ink: #e8e6e1; --soft: #9aa4ad; --line: #323a41;
  --a: #56b4e9; --b: #f5934a; --good: #6cc493; --bad: #ff8a80; }
${inkRules("svg", "dark")} }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 40px 20px 80px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 44px 0 12px; }
p { margin: 6px 0; max-width: 46rem; } .soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 16px; margin: 12px 0; }
figure { margin: 0; min-width: 0; } .wide { grid-column: 1 / -1; }
figcaption { font-weight: 700; margin-bottom: 6px; } .caption { font-size: 0.92rem; }
svg text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
.plot { width: 100%; height: auto; display: block; } .scroll { overflow-x: auto; }
details { margin-top: 6px; font-size: 0.88rem; } summary { color: var(--soft); cursor: pointer; width: max-content; }
details .scroll { max-height: 22rem; overflow: auto; margin-top: 6px; }
.save { float: right; font: inherit; font-size: 0.88rem; color: var(--soft); background: none; border: 0; padding: 0 0 0 12px; cursor: pointer; }
.save:hover { color: var(--ink); text-decoration: underline; }
.pictures { display: flex; flex-wrap: wrap; gap: 12px; } .pictures figure { font-size: 0.85rem; } .pictures figcaption { font-weight: 400; margin: 2px 0 0; overflow-wrap: anywhere; }
.pictures svg { display: block; width: 100%; height: auto; }
table { border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums; } .figure.table table { min-width: 50%; }
td, th { padding: 4px 14px 4px 0; border-top: 1px solid var(--line); vertical-align: top; text-align: left; font-weight: 400; }
tbody tr:first-child > * { border-top-color: var(--soft); } thead th { color: var(--soft); border-top: 0; vertical-align: bottom; } thead td { border: 0; }
th.group { text-align: center; border-bottom: 1px solid var(--line); } .right { text-align: right; white-space: nowrap; } .note { color: var(--soft); font-size: 0.86em; }
.heat .note { color: inherit; opacity: 0.85; } td.heat, td.bar { padding: 4px 10px; border-left: 2px solid var(--card); }
td.bar { position: relative; min-width: 110px; } .meter { position: absolute; left: 0; top: 3px; bottom: 3px; background: var(--a); opacity: 0.28; border-radius: 2px; } .over { position: relative; }
.facts { width: 100%; } .facts tr:first-child > * { border-top: 0; } .facts th { color: var(--soft); width: 15rem; }
footer { margin-top: 48px; color: var(--soft); font-size: 0.88rem; max-width: 46rem; }
@media (max-width: 640px) { main { padding: 24px 12px 60px; } .card { padding: 12px; } .facts th, .facts td { display: block; border: 0; padding: 0; width: auto; } .facts td { padding-bottom: 8px; } }
@media (forced-colors: active) { .plot, .pictures svg, td.heat, .meter { forced-color-adjust: none; } .plot { background: var(--card); } }
@media print { :root { color-scheme: light; --page: #ffffff; } :root, body { font-size: 12px; } main { max-width: none; padding: 0; } .save, summary { display: none; }
  .figure, .pictures figure, tr { break-inside: avoid; } h2 { break-after: avoid; } .scroll { overflow: visible; } .plot { min-width: 0 !important; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .figures { grid-template-columns: 1fr 1fr; } }
`;
