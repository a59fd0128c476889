/** Results made one after another before they are asked for: never more than a few, so that memory stays bounded. */

export interface AheadOptions {
  /** How many are made beyond the one that was asked for last. */
  readonly ahead: number;
  /** The first number that is never made unasked. */
  readonly end: number;
  readonly signal?: AbortSignal;
}

export interface Ahead<T> {
  /** The result of this number, and from now on those after it are being made. Rejects with what making it threw, or the signal's reason. */
  take(position: number): Promise<T>;
  /** Forgets everything, and makes nothing more until the next `take`. */
  clear(): void;
}

interface Entry<T> {
  readonly result: Promise<T>;
  /** Set when it is dropped before anybody asked for it. */
  dropped: boolean;
}

/** `make(position, check)` gives the result of a position, always the same; `check()` throws once nobody wants it any more. */
export function createAhead<T>(make: (position: number, check: () => void) => Promise<T>, { ahead, end, signal }: AheadOptions): Ahead<T> {
  const entries = new Map<number, Entry<T>>();
  let last: Promise<unknown> = Promise.resolve();
  const begin = (position: number): void => {
    const check = (): void => {
      signal?.throwIfAborted();
      if (entry.dropped) throw new Error(`batch ${position} is not wanted any more`);
    };
    const start = async (previous: Promise<unknown>): Promise<T> => {
      await previous;
      // While nobody waits for it, the caller's own work goes first.
      if (entries.get(position) === entry) await nextTask();
      check();
      return make(position, check);
    };
    const entry: Entry<T> = { result: start(last), dropped: false };
    entries.set(position, entry);
    last = entry.result.then(ignore, ignore);
  };
  const drop = (unwanted: (position: number) => boolean): void => {
    for (const [position, entry] of entries) {
      if (!unwanted(position)) continue;
      entry.dropped = true;
      entries.delete(position);
    }
  };
  return {
    take(position) {
      drop((other) => other < position || other > position + ahead);
      if (!entries.has(position)) begin(position);
      for (let next = position + 1; next <= position + ahead && next < end; next++) if (!entries.has(next)) begin(next);
      const { result } = entries.get(position) as Entry<T>;
      entries.delete(position);
      return untilAborted(result, signal);
    },
    clear: () => drop(() => true),
  };
}

const ignore = (): void => {};

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** The promise, or the signal's reason if that comes first. */
function untilAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
