/** `intarsia data NAME`: prepares a data set. */

import { type Recipe, completeSpec, type Spec } from "../../data/catalogue/index.ts";
import { type PreparedData, prepareData } from "../../data/node/catalogue/index.ts";
import { Interrupted, isAbort } from "../../training/errors.ts";
import { createProgressBar } from "../shared/progress-bar.ts";
import { PACKAGE } from "../shared/package.ts";
import { checkWritable, writeRecord } from "../shared/output.ts";
import { flagOf } from "./options.ts";
import { usualPlace } from "./list.ts";

export interface PrepareDataOptions {
  readonly out?: string;
  readonly from?: readonly string[];
  readonly seed: number;
  readonly force?: boolean;
  readonly json?: string;
}

/** `said`: the data set's own options, as far as they were given. */
export async function prepareCommand(recipe: Recipe, options: PrepareDataOptions, said: Readonly<Record<string, unknown>>): Promise<void> {
  const { out = usualPlace(recipe.name), seed, from, force, json } = options;
  const spec = completeSpec(recipe.name, recipe.options, said);
  if (json) checkWritable(json);
  const made = { command: commandOf(recipe, seed, spec), intarsia: PACKAGE.version };
  const stopper = new AbortController();
  const stop = (): void => stopper.abort();
  const screen = createScreen();
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    const { data, fresh } = await prepareData(recipe, { out, seed, spec, from, force, made, signal: stopper.signal, ...screen });
    screen.stop();
    console.log(describe(data, out, fresh));
    writeRecord(json, data);
  } catch (error) {
    if (stopper.signal.aborted && isAbort(error)) throw new Interrupted(`interrupted; nothing was left in ${out}`);
    throw error;
  } finally {
    screen.stop();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/** The command that makes the same bytes, with what differs from the defaults. */
function commandOf({ name, options }: Recipe, seed: number, spec: Spec): string {
  const said = Object.entries(options).flatMap(([key, option]) =>
    String(spec[key]) === String(option.value) ? [] : [`--${flagOf(key)} ${String(spec[key])}`],
  );
  return ["intarsia data", name, `--seed ${seed}`, ...said].join(" ");
}

function describe({ name, hash, contents, licence, layout }: PreparedData, out: string, fresh: boolean): string {
  const megabytes = (contents.bytes / 1e6).toFixed(1);
  const state = fresh ? `${contents.files} files, ${megabytes} MB` : "prepared already, nothing to do";
  return [`${out}: ${name} ${hash}, ${state}`, `  ${layout}`, `  licence: ${licence}`].join("\n");
}

/** A bar for each thing that is counted, and lines between. */
function createScreen() {
  let bar: ReturnType<typeof createProgressBar> | null = null;
  let [counted, shown] = [0, Number.NEGATIVE_INFINITY];
  const stop = (): void => {
    bar?.stop();
    bar = null;
  };
  return {
    stop,
    progress(done: number, total: number, text: string): void {
      if (bar === null || counted !== total) {
        stop();
        bar = createProgressBar(total);
        counted = total;
      }
      if (done < total && performance.now() - shown < 100) return;
      shown = performance.now();
      bar.update(Math.floor(done), text);
    },
    note(line: string): void {
      stop();
      console.log(line);
    },
  };
}
