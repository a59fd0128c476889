/** Runs that return before the driver has answered: what it refuses of them is thrown by the next call. */
import type { ProgramError } from "../common/errors.ts";

/** Null: the driver took the commands. It never rejects. */
export type Verdict = Promise<ProgramError | null>;

/** Each refusal is thrown once. */
export interface Refusals {
  watch(verdict: Verdict): void;
  /** @throws the first refusal that is known so far, if it was not thrown before. */
  throwAnswered(): void;
  /** The same when the driver has answered to all runs so far. */
  throwAll(): Promise<void>;
  /** Throws the error. If it is a refusal, it counts as thrown. */
  rethrow(error: unknown): never;
}

export function createRefusals(): Refusals {
  /** The first refusal that was not thrown yet. */
  let pending: ProgramError | null = null;
  /** Settles with the last answer. */
  let answered: Promise<void> = Promise.resolve();
  const throwAnswered = (): void => {
    const error = pending;
    pending = null;
    if (error) throw error;
  };
  return {
    watch(verdict) {
      const noted = verdict.then((error) => {
        pending ??= error;
      });
      answered = answered.then(() => noted);
    },
    throwAnswered,
    async throwAll() {
      await answered;
      throwAnswered();
    },
    rethrow(error) {
      if (pending === error) pending = null;
      throw error;
    },
  };
}
