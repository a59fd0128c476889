/** Every workload, in the order of the table. */
import { UserError } from "../../src/data/errors.ts";
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

/** @throws UserError for an unknown name */
export function findWorkload(name: string): Workload {
  const growing = AXES.flatMap(({ points }) => points.map(({ workload }) => workload));
  const found = [...WORKLOADS, ...growing].find((workload) => workload.name === name);
  if (!found) throw new UserError(`no workload "${name}"; there are ${WORKLOADS.map((workload) => workload.name).join(", ")}`);
  return found;
}
