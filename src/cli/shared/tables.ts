/** How a study hands its tables to `intarsia reproduce`. */
import type { Experiment } from "../../experiments/types.ts";

/** Makes tables. `folders`: where data sets lie, by name; those that are not named are the installed ones. Loads nothing yet. */
export type TableMaker = (folders: Readonly<Record<string, string | undefined>>) => readonly Experiment[];
