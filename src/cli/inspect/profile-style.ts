/** What the page shows beside its figures: the timeline, its legend, and the table of kernels. */
import { FAMILIES, type Family } from "./profile-report.ts";

const COLOURS: Readonly<Record<Family, readonly [light: string, dark: string]>> = {
  products: ["#1f6f8b", "#62b6d0"],
  convolutions: ["#c8641b", "#f0a05a"],
  filtering: ["#b08900", "#e0c050"],
  pooling: ["#6b4fa0", "#b39ddb"],
  reductions: ["#2e7d4f", "#6cc493"],
  elementwise: ["#8a5a44", "#c9a08c"],
  updates: ["#ad3f6d", "#f08db4"],
  movement: ["#5d6770", "#9aa4ad"],
};

const variables = (which: 0 | 1): string => FAMILIES.map((family) => `--${family}: ${COLOURS[family][which]};`).join(" ");

export const PROFILE_STYLE = `
:root { --mark: #1d2328; ${variables(0)} }
@media screen and (prefers-color-scheme: dark) { :root { --mark: #ffffff; ${variables(1)} } }
${FAMILIES.map((family) => `.${family} { --own: var(--${family}); }`).join("\n")}
main { max-width: 1180px; } p { max-width: 52rem; }
.headline { display: grid; grid-template-columns: minmax(150px, auto) 1fr; gap: 36px; align-items: center; margin-top: 24px; }
.big { font-size: 3.2rem; font-weight: 650; line-height: 1; letter-spacing: -0.03em; font-variant-numeric: tabular-nums; white-space: nowrap; }
.big small { font-size: 1.3rem; font-weight: 500; letter-spacing: 0; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 18px; margin: 0; font-variant-numeric: tabular-nums; }
dt { color: var(--soft); } dd { margin: 0; }
button { font: inherit; color: inherit; background: none; border: 1px solid transparent; border-radius: 6px; cursor: pointer; padding: 2px 8px; }
button:focus-visible, .window:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; }
.keys { display: flex; flex-wrap: wrap; gap: 4px 8px; margin: 8px 0 0 -8px; font-size: 0.92rem; }
.key::before { content: ""; display: inline-block; width: 12px; height: 12px; border-radius: 3px; background: var(--own); margin-right: 7px; vertical-align: -1px; }
.key:hover, .key[aria-pressed="true"] { border-color: var(--own); }
.stage { padding: 12px 16px 14px; }
.tools { display: flex; justify-content: space-between; align-items: center; font-size: 0.88rem; margin-bottom: 8px; gap: 12px; }
.tools button { border-color: var(--line); min-width: 34px; margin-left: 6px; } .tools button:hover { border-color: var(--soft); }
.lanes { display: grid; grid-template-columns: auto 1fr; gap: 8px; }
.scale { display: flex; flex-direction: column; font-size: 11px; color: var(--soft); text-align: right; white-space: nowrap; } .scale span { height: 16px; line-height: 16px; } .scale span:nth-child(2) { margin-top: 148px; }
.scale .second { margin-top: 10px; } .scale span:nth-child(4) { margin-top: 44px; }
.window { overflow-x: auto; overflow-y: hidden; border-radius: 4px; }
.canvas { position: relative; width: 100%; min-width: 100%; }
.time { height: 180px; } .memory { height: 76px; margin-top: 10px; } .time, .memory { display: block; width: 100%; background: var(--page); }
.grid line { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.k { cursor: pointer; } .room { fill: var(--own); opacity: 0.2; } .used { fill: var(--own); }
.k.on .room, .k:hover .room { opacity: 0.45; } .filtered .k:not(.chosen) { opacity: 0.16; }
.memory path { fill: var(--soft); opacity: 0.55; }
.ticks { position: relative; height: 22px; font-size: 11px; color: var(--soft); }
.ticks span { position: absolute; top: 4px; transform: translateX(-50%); white-space: nowrap; font-variant-numeric: tabular-nums; }
.ticks span:first-child { transform: none; }
.cursor { position: absolute; top: 0; height: 266px; border: 1.5px solid var(--mark); border-radius: 2px; pointer-events: none; min-width: 3px; }
.facts { min-height: 9.4rem; border-top: 1px solid var(--line); margin-top: 12px; padding-top: 10px; font-size: 0.94rem; }
.facts h3 { margin: 0 0 4px; font-size: 1rem; } .facts h3::before { content: ""; display: inline-block; width: 12px; height: 12px; border-radius: 3px; background: var(--own); margin-right: 8px; }
.facts dl { gap: 1px 16px; }
.scroll tr > * { white-space: nowrap; } td, th { padding: 3px 14px 3px 0; } .n { text-align: right; } tbody td:nth-child(2) { white-space: normal; }
td.ms { position: relative; min-width: 110px; } .meter { position: absolute; left: 0; top: 4px; bottom: 4px; background: var(--own); opacity: 0.3; border-radius: 3px; max-width: calc(100% - 14px); }
td button { padding: 0; text-align: left; border-radius: 3px; } td button:hover { text-decoration: underline; } tr.on { background: var(--card); }
footer { max-width: 60rem; }
@media (max-width: 640px) { .headline { grid-template-columns: 1fr; gap: 16px; } dl { grid-template-columns: 1fr; } dd { margin-bottom: 6px; } .tools .soft, .ticks span:nth-child(even) { display: none; } }
@media (prefers-reduced-motion: no-preference) { .k { transition: opacity 0.15s; } }
`;
