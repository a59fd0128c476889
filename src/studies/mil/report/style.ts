/** What only this report draws: bags as rows of digits, and the curve of the verdict above them. */
export const BAG_STYLE = `
:root { --yes: var(--b); --no: var(--a); }
.bags { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--bag)), 1fr)); gap: 14px; }
.bag { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--good); border-radius: 8px; padding: 10px 14px; min-width: 0; }
.bag.wrong { border-left-color: var(--bad); } .bag figcaption { font-weight: 400; display: flex; flex-wrap: wrap; gap: 2px 14px; }
.mark { color: var(--good); font-weight: 700; } .wrong .mark { color: var(--bad); } .number { color: var(--soft); }
.headline { display: grid; grid-template-columns: minmax(190px, auto) minmax(0, 1fr); gap: 28px; align-items: center; margin-top: 24px; }
.big { font-size: 3.2rem; font-weight: 650; line-height: 1; letter-spacing: -0.03em; font-variant-numeric: tabular-nums; white-space: nowrap; }
.strip { width: max-content; padding: 4px 0; } .curve { display: block; overflow: visible; }
.moves { stroke: var(--soft); stroke-width: 1.5; fill: none; } .level { stroke: var(--soft); stroke-dasharray: 4 4; } circle.yes { fill: var(--yes); } circle.no { fill: var(--no); }
.digits { display: flex; } .digits span { margin: 3px; border-radius: 4px; outline-offset: 0; } .digits .witness { outline: 2px solid var(--yes); }
.digits img { display: block; image-rendering: pixelated; width: 28px; height: 28px; border-radius: 4px; }
@media print { .digits img { filter: invert(1); } }
@media (prefers-color-scheme: light) { .digits img { filter: invert(1); } }
@media (max-width: 640px) { .headline { grid-template-columns: minmax(0, 1fr); } }
`;
