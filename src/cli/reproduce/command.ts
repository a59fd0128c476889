/** `intarsia reproduce [table]`. */
import { Command, Option } from "commander";
import { whole } from "../../data/settings/index.ts";
import { TABLE_PRESETS } from "../../experiments/types.ts";
import { adapterOption, numberIn } from "../shared/options.ts";
import type { TableMaker } from "../shared/tables.ts";
import { reproduce } from "./reproduce.ts";

const names = (text: string): string[] => text.split(",").map((name) => name.trim());

export function reproduceCommand(makers: readonly TableMaker[]): Command {
  return new Command("reproduce")
    .description("compute a table of the thesis, cell by cell, beside the thesis' numbers; without a table: list them")
    .argument("[table]", "such as 7.1")
    .addOption(
      new Option("--preset <name>", "smoke: seconds, learns nothing; quick: a quarter of an hour; small; thesis (default: quick)").choices(
        TABLE_PRESETS,
      ),
    )
    .addOption(new Option("--seeds <n>", "seeds 1 to n (default: as the list says)").argParser(numberIn(whole(1, 1000))))
    .addOption(new Option("--rows <a,b>", "only these rows").argParser(names))
    .addOption(new Option("--columns <c,d>", "only these columns").argParser(names))
    .option("--out <dir>", "the table's folder (default: results/TABLE/PRESET); what is done there stays, what was begun goes on")
    .option("--data <name=dir...>", "where a data set lies (default: the installed one)")
    .option("--from <dir...>", "take over these finished runs of the study's own command, if they are cells of this table")
    .addOption(adapterOption())
    .action((table, options) => reproduce(makers, table, options));
}
