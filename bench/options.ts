/** The command line of the bench. */
import { parseArgs } from "node:util";
import { UserError } from "../src/data/errors.ts";
import type { AdapterKind } from "../src/runtime/index.ts";
import { LIBRARIES, type LibraryName } from "./libraries/library.ts";

export const HELP = `npm run bench -- [options]          measure intarsia beside tfjs and jax-js, on one adapter
npm run bench -- scale [options]    measure how intarsia's cost grows with the work
npm run bench -- against COMMIT     measure intarsia and its earlier COMMIT in turn, in CPU time
npm run bench -- memory             measure the bytes of a long training at its beginning and its end

  --adapter KIND      embedded, system or hardware (default: the best there is)
  --only NAME...      workloads whose name contains one of these words
  --libraries NAME... of intarsia, tfjs, jax, pytorch (default: all, pytorch where it is installed)
  --python FILE       the Python that has PyTorch (default: python3)
  --rounds N          visits of each library to each workload (default: 3)
  --steady MS         time of steady calls in a visit (default: 2500)
  --timeout S         of a visit; then a peer counts as "at least" (default: 150)
  --minutes N         fewer rounds when the bench has lasted long, so that it ends by then (default: 60)
  --json FILE         write the report
  --markdown FILE     put the table into this document, in its section for the adapter
  --from FILE         take a report instead of measuring
  --check FILE        compare the ratios with those of an earlier report; exit code 1 if one is worse
  --svg FILE          scale: write the chart
  --up-to SIZE        scale: nothing larger
  --steps N           memory: of the training (default: 20000)
  --tolerance SHARE   by more than this share (default: 0.2)
  --list              print the workloads`;

const COMMANDS = ["compare", "scale", "against", "memory"] as const;

export interface Options {
  readonly command: (typeof COMMANDS)[number];
  /** Of `against`. */
  readonly commit?: string;
  readonly adapter?: AdapterKind;
  readonly only: readonly string[];
  readonly libraries: readonly LibraryName[];
  /** "wanted": it was named, so that it has to be there. */
  readonly pytorch: "wanted" | "if installed" | "no";
  readonly python: string;
  readonly rounds: number;
  readonly steadyMs: number;
  readonly timeoutMs: number;
  readonly minutes: number;
  readonly json?: string;
  readonly markdown?: string;
  readonly from?: string;
  readonly check?: string;
  readonly tolerance: number;
  readonly svg?: string;
  readonly upTo: number;
  readonly steps: number;
  readonly list: boolean;
  readonly help: boolean;
}

const text = { type: "string" } as const;
const many = { type: "string", multiple: true } as const;
const flag = { type: "boolean" } as const;
const SPEC = {
  adapter: text,
  only: many,
  libraries: many,
  python: text,
  rounds: text,
  steady: text,
  timeout: text,
  minutes: text,
  json: text,
  markdown: text,
  from: text,
  check: text,
  tolerance: text,
  svg: text,
  "up-to": text,
  steps: text,
  list: flag,
  help: flag,
} as const;

/** @throws UserError for an unknown option or value */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(gather(args));
  const [word = "compare", ...words] = positionals;
  const command = COMMANDS.find((name) => name === word);
  if (!command || words.length > (command === "against" ? 1 : 0))
    throw new UserError(`unknown: ${positionals.join(" ")}; workloads are chosen with --only (see --help)`);
  const [commit] = words;
  if (command === "against" && !commit) throw new UserError("against which commit? npm run bench -- against HEAD~1");
  const adapter = values.adapter;
  if (adapter !== undefined && !["embedded", "system", "hardware"].includes(adapter))
    throw new UserError(`--adapter ${adapter} is unknown; the kinds are embedded, system, hardware`);
  return {
    command,
    commit,
    adapter: adapter as AdapterKind | undefined,
    only: values.only ?? [],
    libraries: librariesOf(values.libraries),
    pytorch: !values.libraries ? "if installed" : values.libraries.includes("pytorch") ? "wanted" : "no",
    python: values.python ?? "python3",
    rounds: positive("rounds", values.rounds ?? "3"),
    steadyMs: positive("steady", values.steady ?? "2500"),
    timeoutMs: 1000 * positive("timeout", values.timeout ?? "150"),
    minutes: positive("minutes", values.minutes ?? "60"),
    json: values.json,
    markdown: values.markdown,
    from: values.from,
    check: values.check,
    tolerance: positive("tolerance", values.tolerance ?? "0.2"),
    svg: values.svg,
    upTo: values["up-to"] === undefined ? Number.POSITIVE_INFINITY : positive("up-to", values["up-to"]),
    steps: positive("steps", values.steps ?? "20000"),
    list: values.list ?? false,
    help: values.help ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: SPEC, allowPositionals: true });
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message.split(". ")[0] : String(error));
  }
}

/** `--only a b` -> `--only a --only b`; `--libraries a,b` likewise. Names of workloads have commas of their own. */
function gather(args: readonly string[]): string[] {
  const result: string[] = [];
  let list: string | undefined;
  for (const arg of args) {
    if (arg.startsWith("--")) {
      list = arg === "--only" || arg === "--libraries" ? arg : undefined;
      if (!list) result.push(arg);
    } else if (list) for (const word of list === "--only" ? [arg] : arg.split(",")) result.push(list, word);
    else result.push(arg);
  }
  return result;
}

/** ours is always measured: the ratios are to it. */
function librariesOf(names: readonly string[] | undefined): LibraryName[] {
  for (const name of names ?? [])
    if (name !== "pytorch" && !LIBRARIES.some((library) => library === name))
      throw new UserError(`--libraries ${name} is unknown; there are ${LIBRARIES.join(", ")}, pytorch`);
  return LIBRARIES.filter((library) => library === "intarsia" || !names || names.includes(library));
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!(number > 0 && Number.isFinite(number))) throw new UserError(`--${name} must be a positive number, got ${value}`);
  return number;
}
