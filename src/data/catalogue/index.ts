/**
 * The catalogue: data sets that can be had by name. A data set is one entry here and one file (or folder) beside this one, which says what it
 * is, its options, and how (spec, seed, sources) becomes files. `src/data/node/catalogue/` opens the sources and writes the files.
 */

import { UserError, quote } from "../errors.ts";
import { mnist } from "./mnist.ts";
import { stamps } from "./stamps/recipe.ts";
import type { Recipe } from "./types.ts";

export const CATALOGUE: readonly Recipe[] = [mnist, stamps];

/** The data set of that name. There is none: UserError. */
export function recipeNamed(name: string): Recipe {
  const found = CATALOGUE.find((entry) => entry.name === name);
  if (!found) throw new UserError(`no data set ${quote(name)}; there are ${CATALOGUE.map((entry) => entry.name).join(", ")}`);
  return found;
}

export { completeSpec, type DataOption, type DataOptions, optionText, type Spec, type SpecOf } from "./options.ts";
export type { DebianSource, DigitSource, MadeFile, Making, Recipe, DataSource, SourceFolder } from "./types.ts";
