/** What a fit is asked for. */
import { UserError } from "../../data/errors.ts";
import type { Augmentation, DataSet } from "../../data/index.ts";
import type { Store, Variants } from "../../kernels/index.ts";
import type { Params } from "../../models/index.ts";
import type { Host } from "../host.ts";
import type { ProgramCache } from "../programs.ts";
import type { Metrics } from "../types.ts";
import type { Evaluator } from "./evaluator.ts";
import type { Keep } from "./keep.ts";

export interface AfterRound {
  /** From 1. */
  readonly round: number;
  readonly evaluator: Evaluator;
  /** For programs of one's own over the run's variables, such as samples of a generator. */
  readonly programs: ProgramCache;
  readonly host: Host;
}

export interface FitOptions {
  /** Passes over the data; or */
  readonly epochs?: number;
  /** steps, in rounds of `every` (default: 100), after each of which is judged, logged and saved. */
  readonly iterations?: number;
  readonly every?: number;
  /** Samples of a step. */
  readonly batch: number;
  /** Of the first weights, the order of the data, augmentation and dropout. Default: 1. */
  readonly seed?: number;
  readonly validation?: DataSet;
  readonly augment?: readonly Augmentation[];
  /** Steps whose gradients make one step of the optimizers. Default: 1. */
  readonly accumulate?: number;
  /** Which weights are kept. Default: those of the least validation loss; without validation, the last ones. */
  readonly keep?: Keep;
  /** Rounds without a better one, after which the training ends. Default: it goes on to the end. */
  readonly patience?: number;
  /** Files, clock, progress, and a signal that stops the run. Default: files in memory, no progress. */
  readonly host?: Partial<Host>;
  /** Goes on from the checkpoint among the host's files, if there is one. */
  readonly resume?: boolean;
  /** Before the first step: weights that were learnt elsewhere are loaded here. */
  readonly begin?: (start: { readonly params: Params; readonly store: Store }) => Promise<unknown>;
  /** After every round (from 1); its numbers join the log. */
  readonly after?: (now: AfterRound) => Promise<Metrics | undefined>;
  /** The page `report.html`, written anew after every round (`src/report/`). Default: curves of everything that is logged. */
  readonly report?: (metrics: readonly Metrics[], ended: boolean) => string | Promise<string>;
  /** Measured forms of kernels. */
  readonly variants?: Variants;
  /** What else decides the result, such as the network's size: a checkpoint of another one is refused. */
  readonly identity?: Readonly<Record<string, string | number>>;
}

/** A fit without an end, or with two: UserError. Numbers that are no counts, too. */
export function checkFitLength(options: FitOptions): void {
  const { epochs, iterations } = options;
  if ((epochs === undefined) === (iterations === undefined)) throw new UserError("fit: give epochs or iterations, one of the two");
  for (const name of ["epochs", "iterations", "every", "accumulate", "patience"] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
      throw new UserError(`fit: ${name} must be a whole number of at least 1, got ${value}`);
  }
}
