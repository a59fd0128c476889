/** `intarsia data`: the data sets that can be had by name. */

import * as path from "node:path";
import { CATALOGUE, completeSpec, type Recipe } from "../../data/catalogue/index.ts";
import { type PreparedData, readPrepared, sourceState } from "../../data/node/catalogue/index.ts";

/** Where a data set goes unless it is said. */
export const usualPlace = (name: string): string => path.join("data", name);

interface Listed {
  readonly name: string;
  readonly what: string;
  readonly licence: string;
  readonly size: string;
  /** How its sources stand, in words. */
  readonly sources: readonly string[];
  readonly here: boolean;
  /** What is prepared in the usual place. */
  readonly prepared: { readonly directory: string; readonly hash: string } | null;
}

function listed(recipe: Recipe): Listed {
  const { name, what, licence, size } = recipe;
  const states = recipe.sources(completeSpec(name, recipe.options)).map((source) => sourceState(source));
  const directory = usualPlace(name);
  const found = preparedIn(directory);
  return {
    ...{ name, what, licence, size },
    sources: states.map(({ text }) => text),
    here: states.every(({ here }) => here),
    prepared: found?.name === name ? { directory, hash: found.hash } : null,
  };
}

/** A damaged one is none. */
function preparedIn(directory: string): PreparedData | null {
  try {
    return readPrepared(directory);
  } catch {
    return null;
  }
}

function paragraph({ name, what, licence, size, sources, prepared }: Listed): string {
  const state = prepared ? `prepared in ${prepared.directory} (${prepared.hash})` : `not prepared in ${usualPlace(name)}`;
  const from = sources.length > 0 ? sources.join("; ") : "drawn by the program";
  return [name, `  ${what}`, `  licence: ${licence}`, `  size: ${size}`, `  here: ${state}; ${from}`].join("\n");
}

export function listData(json: boolean): void {
  const all = CATALOGUE.map(listed);
  if (json) {
    console.log(JSON.stringify(all, null, 2));
    return;
  }
  const hint = "`intarsia data NAME --help` lists a data set's options, `intarsia data NAME --out DIR` prepares it.";
  console.log([...all.map(paragraph), hint].join("\n\n"));
}
