/** Every workload, in the order of the table. */
import { UserError } from "../../src/data/errors.ts";
import type { AdapterKind } from "../../src/runtime/index.ts";
import { AXES } from "../scale/axes.ts";
import type { Workload } from "../workload.ts";
import { convolutions } from "./conv.ts";
import { critics } from "./critic.ts";
import { elementwise } from "./elementwise.ts";
import { lenets } from "./lenet.ts";
import { matmuls } from "./matmul.ts";
import { mils } from "./mil.ts";
import { mobilenets } from "./mobilenet.ts";
import { normalization } from "./norm.ts";
import { ops } from "./ops.ts";
import { pooling } from "./pool.ts";
import { resnets } from "./resnet.ts";

export const WORKLOADS: readonly Workload[] = [
  ...matmuls,
  ...convolutions,
  ...elementwise,
  ...pooling,
  ...normalization,
  ...resnets,
  ...mobilenets,
  ...lenets,
  ...mils,
  ...critics,
];

/** Beside the peers' rows: what a change of the engine is measured by. */
export const OWN: readonly Workload[] = [...WORKLOADS, ...ops];

/** Those whose name contains one of the words (all if there are none) and that this adapter is given. @throws UserError if none does */
export function choose(words: readonly string[], adapter: AdapterKind, all: readonly Workload[]): Workload[] {
  const found = all
    .filter(({ only }) => !only || only === adapter)
    .filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  if (found.length === 0) throw new UserError(`no workload's name contains ${words.join(" or ")}; --list prints them`);
  return found;
}

/** @throws UserError for an unknown name */
export function findWorkload(name: string): Workload {
  const growing = AXES.flatMap(({ points }) => points.map(({ workload }) => workload));
  const found = [...OWN, ...growing].find((workload) => workload.name === name);
  if (!found) throw new UserError(`no workload "${name}"; there are ${WORKLOADS.map((workload) => workload.name).join(", ")}`);
  return found;
}
