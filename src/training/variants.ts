/** Which kernels' variants a run was made with: they are part of what it computed, so a resumed run must use the same. */

import { UserError } from "../data/errors.ts";
import type { StepProgram } from "./types.ts";

/** By program. */
export type VariantTables = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface VariantBook {
  /** Records a program's table, or compares it with the recorded one. Different: UserError. */
  check(program: StepProgram): void;
  tables(): VariantTables;
  /** Takes over the tables of a checkpoint. */
  adopt(tables: VariantTables): void;
}

export function createVariantBook(): VariantBook {
  const tables = new Map<string, Readonly<Record<string, string>>>();
  const checked = new Set<StepProgram>();
  return {
    check(program) {
      if (checked.has(program)) return;
      checked.add(program);
      const known = tables.get(program.name);
      if (!known) tables.set(program.name, { ...program.variants });
      else compare(program, known);
    },
    tables: () => Object.fromEntries(tables),
    adopt(saved) {
      for (const [name, table] of Object.entries(saved)) tables.set(name, table);
    },
  };
}

function compare({ name, variants }: StepProgram, known: Readonly<Record<string, string>>): void {
  const keys = [...new Set([...Object.keys(known), ...Object.keys(variants)])].sort();
  const different = keys.find((key) => known[key] !== variants[key]);
  if (different === undefined) return;
  const was = known[different] ?? "nothing";
  const is = variants[different] ?? "nothing";
  throw new UserError(
    `cannot resume: program ${name} of the checkpoint ran ${different} as ${was}, here it runs as ${is}; resume on the same kind of adapter with the same version`,
  );
}
