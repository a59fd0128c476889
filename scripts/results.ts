/** Documents show the committed results: what stands between `<!-- table: results/ID/PRESET -->` and `<!-- end of table -->` is rendered from them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cellFolder, parseCell, tableCsv, type TableFile, tableMarkdown, tablePart } from "../src/experiments/index.ts";

const PART = /<!-- table: (\S+) -->\n[\s\S]*?<!-- end of table -->/g;

/** The documents that may have such parts. */
export const documents = (root = "."): string[] => [
  ...["README.md"].filter((name) => existsSync(join(root, name))),
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** A document with its parts rendered anew. */
export function rendered(text: string, root = "."): string {
  return text.replace(PART, (_, folder: string) => {
    const table = readTable(join(root, folder));
    return `<!-- table: ${folder} -->\n\n${shownIn(table)}\n<!-- end of table -->`;
  });
}

const shownIn = (table: TableFile): string =>
  `${table.title}, preset ${table.preset}: \`npx intarsia reproduce ${table.id} --preset ${table.preset} --seeds ${seedsOf(table)}\`. ${table.measures}\n\n${tablePart(table)}`;

const seedsOf = ({ cells }: TableFile): number => Math.max(1, ...cells.flatMap(({ values }) => values.map(({ seed }) => seed)));

function readTable(folder: string): TableFile {
  const file = join(folder, "table.json");
  if (!existsSync(file)) throw new Error(`${file}: there is none; intarsia reproduce makes it`);
  return JSON.parse(readFileSync(file, "utf8")) as TableFile;
}

/** Folders below `results/` that hold a table. */
export function resultFolders(root = "."): string[] {
  if (!existsSync(join(root, "results"))) return [];
  return readdirSync(join(root, "results"), { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => /^[^/]+\/[^/]+\/table\.json$/.test(name))
    .map((name) => `results/${name.replace(/\/table\.json$/, "")}`)
    .sort();
}

/** What in a folder of results does not fit its cells. */
export function resultProblems(folder: string): string[] {
  const table = readTable(folder);
  const problems: string[] = [];
  for (const [name, text] of [
    ["table.md", tableMarkdown(table)],
    ["table.csv", tableCsv(table)],
  ] as const)
    if (!existsSync(join(folder, name)) || readFileSync(join(folder, name), "utf8") !== text)
      problems.push(`${folder}/${name}: not that of table.json`);
  for (const { row, column, values } of table.cells)
    for (const { seed, value } of values) {
      const file = join(folder, cellFolder({ row, column, seed }), "result.json");
      const record = existsSync(file) ? parseCell(readFileSync(file, "utf8")) : null;
      if (record?.value !== value) problems.push(`${file}: ${record ? record.value : "no number"}, not ${value}`);
    }
  return problems;
}
