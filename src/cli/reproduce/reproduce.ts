/** Options to a table: what is missing is computed, and the table is written after every cell. */
import { quote, UserError } from "../../data/errors.ts";
import {
  type Cell,
  cellsOf,
  checkKinds,
  type Experiment,
  fillCells,
  type Maker,
  tableOf,
  type TablePreset,
  type Workshop,
} from "../../experiments/index.ts";
import type { AdapterKind, Device } from "../../runtime/index.ts";
import { openDevice } from "../../runtime/index.ts";
import { Interrupted, isAbort } from "../../training/errors.ts";
import { stopOnSignals } from "../../training/node.ts";
import { encodePng } from "../../data/node/index.ts";
import { PACKAGE } from "../shared/package.ts";
import { createReporter, type Reporter } from "../shared/progress.ts";
import type { TableMaker } from "../shared/tables.ts";
import { commitHere } from "./commit.ts";
import { knownCells } from "./cost.ts";
import { checkFolder, openTableFolder, writeTable } from "./folder.ts";
import { finishedRuns, takeOver } from "./from.ts";
import { defaultFolder, listTables } from "./list.ts";
import { announceTable, cellEvents, tableWords } from "./words.ts";

export interface ReproduceOptions {
  readonly preset?: TablePreset;
  readonly seeds?: number;
  readonly rows?: readonly string[];
  readonly columns?: readonly string[];
  readonly out?: string;
  readonly data?: readonly string[];
  readonly from?: readonly string[];
  readonly adapter?: AdapterKind;
}

export async function reproduce(makers: readonly TableMaker[], id: string | undefined, options: ReproduceOptions): Promise<void> {
  const folders = foldersOf(options.data ?? []);
  const tables = makers.flatMap((make) => make(folders));
  if (id === undefined) {
    if (Object.keys(options).length > 0) throw new UserError(`which table? ${tables.map((table) => table.id).join(", ")}`);
    console.log(await listTables(tables));
    return;
  }
  const table = tables.find((one) => one.id === id);
  if (!table) throw new UserError(`no table ${quote(id)}; there are ${tables.map((one) => one.id).join(", ")}`);
  await fillTable(table, options);
}

/** `mnist=DIR`; a folder alone is MNIST's. */
function foldersOf(said: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    said.map((text) => {
      const at = text.indexOf("=");
      return at < 0 ? ["mnist", text] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

async function fillTable(table: Experiment, options: ReproduceOptions): Promise<void> {
  const { preset = "quick", rows, columns } = options;
  const seeds = options.seeds ?? table.presets[preset]?.seeds ?? 1;
  const cells = cellsOf(table, { preset, seeds, rows, columns });
  const all = cellsOf(table, { preset, seeds });
  const out = options.out ?? defaultFolder(table.id, preset);
  checkFolder(out, { id: table.id, preset });
  const reporter = createReporter();
  const stopper = stopOnSignals(reporter.note);
  const device = lazyDevice(options.adapter, all, out);
  const maker = (): Maker => ({ version: PACKAGE.version, commit: commitHere(), when: new Date().toISOString() });
  const shop: Workshop = {
    folder: openTableFolder(out),
    device: device.open,
    hostOf: (files) => ({ now: () => performance.now(), files, signal: stopper.signal, progress: quiet(reporter), encodePng }),
    signal: stopper.signal,
    version: PACKAGE.version,
    commit: commitHere(),
    note: reporter.note,
  };
  const write = async () => {
    const file = await tableOf(table, { preset, seeds }, shop.folder, maker());
    writeTable(out, file);
    return file;
  };
  try {
    const taken = await finishedRuns(options.from ?? [], all);
    await write();
    await takeOver(taken, shop);
    const known = await knownCells(all, shop.folder);
    reporter.note(announceTable(table, { preset, seeds, cells, known }));
    await fillCells(cells, shop, cellEvents({ table, cells, known, note: reporter.note, write }));
    const file = await write();
    reporter.stop();
    console.log(tableWords(file, out));
  } catch (error) {
    if (!(stopper.signal.aborted && isAbort(error))) throw error;
    await write();
    throw new Interrupted(`interrupted; what is done is in ${out}, and the same command goes on`);
  } finally {
    reporter.stop();
    stopper.dispose();
    device.close();
  }
}

/** The bar moves, epochs pass without a line. */
const quiet =
  (reporter: Reporter): Reporter["progress"] =>
  (event) =>
    reporter.progress({ ...event, epochEnded: false });

/** One device, opened when a run first needs it, of the kind that made what is there. */
function lazyDevice(adapter: AdapterKind | undefined, all: readonly Cell[], out: string) {
  let opened: Promise<Device> | null = null;
  const open = async (): Promise<Device> => {
    const device = await openDevice(adapter ? { adapter } : {});
    const known = await knownCells(all, openTableFolder(out));
    const kind = checkKinds([...known.values()].map(({ record }) => record));
    if (kind === null || kind === device.kind) return device;
    device.close();
    throw new UserError(
      `${out}: its cells were made on the ${kind} adapter, this is the ${device.kind} one; --adapter ${kind}, or another --out`,
    );
  };
  return {
    open(): Promise<Device> {
      opened ??= open();
      return opened;
    },
    close: () => void opened?.then((device) => device.close()).catch(() => undefined),
  };
}
