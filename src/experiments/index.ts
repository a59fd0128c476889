/** Experiments as data: tables, their cells filled run by run, verdicts on what the thesis claims, and the table in four forms. */
export { type CellMade, type CellRecord, cellFolder, parseCell, readCell, writeCell } from "./cells.ts";
export { tableHtmlPage } from "./html.ts";
export { canonicalJson, cellIdentity, contentHash, type JobIdentity, jobIdentity, jobKey } from "./identity.ts";
export { doJob, finishedJob, runFolder, type TableFolder, type Workshop, writeMade } from "./jobs.ts";
export { tableCsv, tableMarkdown, tablePart } from "./markdown.ts";
export { type Ordering, orderingOf, type OrderingVerdict } from "./orderings.ts";
export { type Cell, cellsOf, emptyCells, fillCells, type RunnerEvents, type Selection } from "./runner.ts";
export { deviationOf, meanOf, pairedTest } from "./statistics.ts";
export { type CellSummary, checkKinds, type Maker, tableOf, type TableFile } from "./table.ts";
export * from "./types.ts";
