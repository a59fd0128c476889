/**
 * The order of what happens to a store's variables. Most operations (a run in one submit, a copy for a read, a write) are handed to the
 * device at once, and the device's queue keeps their order. A run in several submits holds its turn for several iterations of the event loop;
 * operations that begin meanwhile wait, first come first served.
 */

export interface Turns {
  /**
   * Runs `work` now if no turn is open, and else after all that were taken before. The turn ends when what `work` returns settles.
   * The caller gets what `work` throws; the next turn begins all the same.
   */
  take<T>(work: () => T | Promise<T>): Promise<T>;
  /** Would `take` wait now? Then the caller's own arrays have to be copied first. */
  busy(): boolean;
}

export function createTurns(): Turns {
  /** Settles with the last turn that was given; null: all have ended. */
  let last: Promise<unknown> | null = null;
  const end = (turn: Promise<unknown>): void => {
    const ended = turn.then(
      () => undefined,
      () => undefined,
    );
    last = ended;
    void ended.then(() => {
      if (last === ended) last = null;
    });
  };
  return {
    async take(work) {
      if (last) {
        const turn = last.then(work);
        end(turn);
        return turn;
      }
      const result = work();
      if (result instanceof Promise) end(result);
      return result;
    },
    busy: () => last !== null,
  };
}
