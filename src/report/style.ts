/** The style of every report: one sheet for light and dark, no font or picture from outside. A study adds rules of its own. */
export const STYLE = `
:root { color-scheme: light dark; --page: #fbfaf8; --card: #ffffff; --ink: #1d2328; --soft: #5d6770; --line: #e2e0db;
  --a: #1f6f8b; --b: #c8641b; --good: #2e7d4f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --page: #14171a; --card: #1c2126; --ink: #e8e6e1; --soft: #9aa4ad; --line: #323a41;
  --a: #62b6d0; --b: #f0a05a; --good: #6cc493; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 40px 20px 80px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 1.2rem; margin: 44px 0 12px; }
p { margin: 6px 0; max-width: 46rem; } .soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; }
.headline { display: grid; grid-template-columns: minmax(190px, auto) 1fr; gap: 28px; align-items: center; margin-top: 24px; }
.big { font-size: 3.2rem; font-weight: 650; line-height: 1; letter-spacing: -0.03em; font-variant-numeric: tabular-nums; }
.bars { display: grid; grid-template-columns: auto 1fr auto; gap: 8px 12px; align-items: center; font-size: 0.92rem; }
.bars svg { width: 100%; height: 22px; display: block; } .bars .value { font-variant-numeric: tabular-nums; }
rect.ours { fill: var(--a); } rect.base { fill: var(--soft); opacity: 0.55; } line.whisker { stroke: var(--ink); stroke-width: 2; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 16px; }
figure { margin: 0; } .chart { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px 8px; }
.chart svg { width: 100%; height: auto; display: block; } figcaption { font-size: 0.92rem; }
.grid { stroke: var(--line); } .tick { fill: var(--soft); font-size: 11px; } .level { stroke: var(--soft); stroke-dasharray: 4 4; }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
polyline.series-0 { stroke: var(--a); } polyline.series-1 { stroke: var(--b); } circle.series-0 { fill: var(--a); } circle.series-1 { fill: var(--b); }
.key { color: var(--soft); white-space: nowrap; margin-left: 10px; }
.key::before { content: ""; display: inline-block; width: 14px; border-top: 3px solid; margin-right: 6px; vertical-align: middle; }
.key.series-0::before { border-color: var(--a); } .key.series-1::before { border-color: var(--b); } .key.level::before { border-top: 2px dashed var(--soft); }
table { border-collapse: collapse; font-size: 0.92rem; width: 100%; } td { padding: 4px 14px 4px 0; border-top: 1px solid var(--line); vertical-align: top; }
tr:first-child td { border-top: 0; } td:first-child { color: var(--soft); white-space: nowrap; width: 14rem; } td:last-child { font-variant-numeric: tabular-nums; }
footer { margin-top: 48px; color: var(--soft); font-size: 0.88rem; }
@media (max-width: 640px) { .headline { grid-template-columns: 1fr; } td { display: block; border: 0; padding: 0; } td:last-child { padding-bottom: 8px; } }
`;
