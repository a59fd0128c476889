/** The graphs of a study's programs, each built once. */
import { hashPath, toText } from "../../graph/index.ts";
import type { Params, Variable } from "../../models/index.ts";
import type { Store } from "../../kernels/index.ts";
import type { BagShape } from "../loader/bags.ts";
import { inputKeys, metricNames, type StepGraph, stepGraph, type StepOptions, type StepPart } from "../tasks/step.ts";
import type { Study } from "../tasks/study.ts";

export interface Graphs {
  /** In the order of `sums`. */
  readonly metrics: readonly string[];
  /** The networks that each program trains. */
  readonly trains: ReadonlyMap<string, readonly string[]>;
  /** `bags`: where fields are bags. */
  of(program: string, part: StepPart, bags?: BagShape): StepGraph;
  /** The keys of what a program is fed. */
  inputs(program: string, part: StepPart): ReadonlySet<string>;
  /** A hash of all programs: the networks, the losses, and the optimizers with all settings but their rates, which are fed. */
  readonly fingerprint: string;
  /** Makes room for every variable of the programs, with first values. `part`: the one that has all of them. */
  variables(store: Store, part: StepPart): Params;
}

/** `options.bags`: of some batch. */
export function graphsOf(study: Study, options: Omit<StepOptions, "part">): Graphs {
  const { names, trains } = metricNames(study, options);
  const made = new Map<string, StepGraph & { readonly keys: ReadonlySet<string> }>();
  const find = (program: string, part: StepPart, bags = options.bags) => {
    const key = `${program} ${part} ${bags?.length} ${bags?.instances}`;
    const known = made.get(key);
    if (known) return known;
    const graph = stepGraph(study, program, names, { ...options, bags, part });
    const one = { ...graph, keys: inputKeys(graph) };
    made.set(key, one);
    return one;
  };
  return {
    metrics: names,
    trains,
    of: find,
    inputs: (program, part) => find(program, part).keys,
    fingerprint: fingerprintOf(Object.keys(study.programs).map((program) => find(program, "whole"))),
    variables(store, part) {
      for (const program of Object.keys(study.programs)) {
        const { updates, params } = find(program, part);
        for (const [variable] of updates) store.ensure(variable as Variable);
        for (const variable of params.all()) store.ensure(variable);
      }
      return find(Object.keys(study.programs)[0], part).params;
    },
  };
}

function fingerprintOf(graphs: readonly StepGraph[]): string {
  const texts = graphs.map(({ outputs, updates }) =>
    toText([...Object.values(outputs), ...updates.flat()], { shown: Number.POSITIVE_INFINITY }),
  );
  return hashPath(texts.join("\n")).toString(16).padStart(8, "0");
}
