/** The table as a page of its own: every number with its seeds, the thesis' beside it, and what the orderings came to. */
import { escapeHtml, page } from "../report/index.ts";
import type { TableFile } from "./table.ts";
import { cellAt, columnWords, notesOf, numberWords, seedWords, spreadWords, thesisWords, verdictWords } from "./words.ts";

/** As `duration` of the command line has it; given, since a page knows no command. */
export interface HtmlWords {
  readonly duration: (seconds: number) => string;
}

export function tableHtmlPage(table: TableFile, { duration }: HtmlWords): string {
  const { title, measures, preset, made } = table;
  const { version, commit, when, seconds, adapters } = made;
  const html = `<div class="scroll">${numbers(table)}</div>
${verdicts(table)}
${notesOf(table)
  .map((note) => `<p class="soft">${escapeHtml(note)}</p>`)
  .join("\n")}`;
  const how = `intarsia ${version}${commit === null ? "" : ` (${commit})`}, ${when}; ${duration(seconds)} of computing on ${adapters.join(", ") || "no adapter"}`;
  return page({
    title,
    lead: `${measures} Preset ${preset}, ${seedWords(table)}.`,
    sections: [{ content: [{ kind: "html", html }] }],
    style: TABLE_STYLE,
    footer: how,
  });
}

function numbers(table: TableFile): string {
  const { rows, columns } = table;
  const head = columns.map((column) => `<th scope="col">${unbroken(escapeHtml(columnWords(column)))}</th>`).join("");
  const lines = rows.map(({ id, title }) => {
    const cells = columns.map((column) => {
      const cell = cellAt(table, id, column.id);
      const seeds = cell.values.map(({ seed, value }) => `seed ${seed}: ${numberWords(value, column)}`).join(", ");
      const thesis = cell.thesis === null ? "" : `<span class="soft">${escapeHtml(thesisWords(cell.thesis, column))}</span>`;
      return `<td title="${escapeHtml(seeds)}">${escapeHtml(spreadWords(cell, column) || "–")}${thesis}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(title)}</th>${cells.join("")}</tr>`;
  });
  return `<table class="numbers"><thead><tr><td></td>${head}</tr></thead><tbody>${lines.join("\n")}</tbody></table>`;
}

/** "σ = 2", and a unit with the word before it, stay on one line. */
const unbroken = (html: string): string => html.replaceAll(" = ", "&nbsp;=&nbsp;").replace(/, %$/, ",&nbsp;%");

function verdicts(table: TableFile): string {
  if (table.orderings.length === 0) return "";
  const lines = table.orderings.map(
    (ordering) =>
      `<li><span class="verdict ${ordering.verdict}">${ordering.verdict}</span>${escapeHtml(ordering.claim)} <span class="soft">${escapeHtml(
        verdictWords(ordering, table).replace(/^\w+:? ?/, ""),
      )}</span></li>`,
  );
  return `<h2>Orderings that the thesis claims</h2>\n<ul class="verdicts">${lines.join("\n")}</ul>`;
}

const TABLE_STYLE = `
.scroll { overflow-x: auto; margin: 20px 0; }
.numbers th, .numbers td { padding: 8px 12px; text-align: right; width: auto; white-space: nowrap; vertical-align: top; display: table-cell; }
.numbers tbody > tr > * { border-top: 1px solid var(--line); } .numbers tbody > tr:first-child > * { border-top: 1px solid var(--soft); }
.numbers th { font-weight: 700; } .numbers thead th { border-top: 0; white-space: normal; vertical-align: bottom; }
.numbers th[scope=row] { text-align: left; padding-left: 0; white-space: normal; min-width: 7rem; position: sticky; left: 0; background: var(--page); }
.numbers td { color: var(--ink); font-variant-numeric: tabular-nums; } .numbers td span { display: block; font-size: 0.85em; }
.verdicts { list-style: none; padding: 0; } .verdicts li { margin: 8px 0; max-width: 46rem; padding-left: 6.6rem; text-indent: -6.6rem; }
.verdict { display: inline-block; width: 6.6rem; font-weight: 700; color: var(--soft); text-indent: 0; }
.verdict.confirmed { color: var(--good); } .verdict.refuted { color: var(--bad); }
`;
