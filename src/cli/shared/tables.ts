/** How a study hands its tables to `intarsia reproduce`, and the digits as the data of a table: loaded once, known by their content. */
import { type Digits, loadDigits } from "../../data/node/index.ts";
import { contentHash } from "../../experiments/identity.ts";
import type { Experiment, TableData } from "../../experiments/types.ts";

/** Makes tables. `folders`: where data sets lie, by name; those that are not named are the installed ones. Loads nothing yet. */
export type TableMaker = (folders: Readonly<Record<string, string | undefined>>) => readonly Experiment[];

/** MNIST, or whatever lies in its four files in `folder`: the same pictures and labels have the same hash, gzipped or not. */
export function digitSource(folder: string | undefined): TableData<Digits> {
  let [digits, hash]: [Digits | undefined, Promise<string> | undefined] = [undefined, undefined];
  const load = (): Digits => {
    digits ??= loadDigits(folder);
    return digits;
  };
  return {
    name: "mnist",
    load: async () => load(),
    hash() {
      const { train, test } = load();
      hash ??= contentHash([train, test].flatMap(({ images, labels }) => [images, labels].map((bytes) => Uint8Array.from(bytes))));
      return hash;
    },
  };
}
