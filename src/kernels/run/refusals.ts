/** What the driver refused, and who is told. */
import type { ProgramError } from "../common/errors.ts";

/** Null: the driver took the commands. It never rejects. */
export type Verdict = Promise<ProgramError | null>;

/** The refusals of runs that returned before the driver had answered: each is told once, by whoever asks next. */
export interface Refusals {
  watch(verdict: Verdict): void;
  /** @throws the one that is known, as far as the driver has answered. */
  throwKnown(): void;
  /** Waits for the answers to all runs so far. @throws the first refusal that nobody was told. */
  throwAny(): Promise<void>;
  /** Throws the error; told to its caller, it is not told again. */
  told(error: unknown): never;
}

export function createRefusals(): Refusals {
  let untold: ProgramError | null = null;
  let answered: Promise<void> = Promise.resolve();
  const throwKnown = (): void => {
    const error = untold;
    untold = null;
    if (error) throw error;
  };
  return {
    watch(verdict) {
      const noted = verdict.then((error) => {
        untold ??= error;
      });
      answered = answered.then(() => noted);
    },
    throwKnown,
    async throwAny() {
      await answered;
      throwKnown();
    },
    told(error) {
      if (untold === error) untold = null;
      throw error;
    },
  };
}
