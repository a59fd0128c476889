/** Why a training ends early. */

/** Somebody asked it to stop; it saved first. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Throws `Interrupted` if the signal is aborted. */
export function throwIfInterrupted(signal: AbortSignal, message = "interrupted"): void {
  if (signal.aborted) throw new Interrupted(message);
}

/** Whether something was thrown because a signal was aborted. */
export const isAbort = (error: unknown): boolean => error instanceof Interrupted || (error instanceof Error && error.name === "AbortError");
