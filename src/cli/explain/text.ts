/** What `intarsia explain` prints: answers and maps, then the numbers, and how to read them. */
import * as path from "node:path";
import { METHOD_NAMES, METHODS, points } from "../../explain/index.ts";
import { textTable } from "../shared/text-table.ts";
import { bestClasses, type Finding, type Names } from "./finding.ts";
import type { FindingFiles } from "./names.ts";

/** Method, layer and filter, class. */
const cellsOf = ({ explanation }: Finding, { className }: Names): string[][] =>
  explanation.maps.map(({ method, layer, filter, class: index }) => {
    const where = [...(layer === null ? [] : [layer]), ...(filter === null ? [] : [`filter ${filter}`])].join(" ") || "-";
    return [METHODS[method].title, where, className(index)];
  });

const indented = (table: string): string[] => table.split("\n").map((line) => `  ${line}`);

/** The answer, and which picture shows which map. */
export function findingText(finding: Finding, files: FindingFiles, names: Names, out: string): string {
  const { subject, explanation } = finding;
  const cells = cellsOf(finding, names);
  const rows = cells.map((row, i) => [...row, path.join(out, files.maps[i].picture)]);
  const notes = explanation.maps.flatMap(({ note }, i) => (note ? [`  ${cells[i][0]}: ${note}`] : []));
  const sheet = files.all.sheet ? [`  all of them: ${path.join(out, files.all.sheet)}`] : [];
  return [
    `${subject.title}: ${bestClasses(explanation, names.className, 3)}`,
    ...subject.remarks.map((remark) => `  ${remark}`),
    ...indented(textTable([["method", "layer", "class", "picture"], ...rows], [])),
    ...notes,
    ...sheet,
  ].join("\n");
}

/** How far to trust each map; null where there is nothing to measure. */
export function measuredText(finding: Finding, names: Names): string | null {
  const { faithfulness, subject } = finding;
  const cells = cellsOf(finding, names);
  const rows = faithfulness.flatMap((found, i) => {
    if (!found) return [];
    const { deletion, insertion, occlusion } = found;
    const doubt = insertion.auc <= deletion.auc ? "distrust it: insertion is not above deletion" : "";
    return [[...cells[i], deletion.auc.toFixed(3), insertion.auc.toFixed(3), points(-occlusion.drop), doubt]];
  });
  if (rows.length === 0) return null;
  const titles = ["method", "layer", "class", "deletion", "insertion", "top 30 % hidden", ""];
  return [`${subject.title}, measured:`, ...indented(textTable([titles, ...rows], [3, 4, 5]))].join("\n");
}

/** Before the first measurement. */
export const measuringText = (pictures: number, steps: number): string =>
  `Measuring how far to trust the maps: about ${pictures} pictures through the network for those above (--no-faithfulness leaves it out${steps > 5 ? ", --steps 5 is quicker" : ""})`;

/** After the last picture. */
export const READING = [
  "Red is what counts most for the class, blue what counts least, each map on its own scale. A map shows what the score depends on, not whether the answer is right.",
  "`intarsia explain --help` says what each method shows, and when to distrust a map.",
].join("\n");

/** Below the options of `intarsia explain --help`. */
export function helpText(): string {
  const width = Math.max(...METHOD_NAMES.map((name) => name.length));
  return [
    "",
    "What the methods show:",
    ...METHOD_NAMES.map((name) => `  ${name.padEnd(width)}  ${METHODS[name].plain}`),
    "",
    "How to read a map:",
    "  Red marks what counts most for the class, blue what counts least. Each map has its own scale, which its colour bar shows.",
    "  A layer is one step of the network. Early layers see edges in fine detail, late ones see things on a coarse grid.",
    "  Deletion is the class' probability while the marked pixels are taken away (low is good), insertion while they appear (high is good).",
    "",
    "When to distrust a map:",
    "  Insertion is not above deletion: the score does not depend on what is marked.",
    "  The class has a low probability, or the network was never shown such pictures: it answers all the same, and so does the map.",
    "  Another class gives the same map, or an untrained network does (--random-weights 1): then it shows the picture, not the reason.",
  ].join("\n");
}
