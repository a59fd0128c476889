/**
 * Waiting for the GPU without keeping a core busy. While a promise of the GPU is open, Dawn's Node binding asks for news as often as the
 * event loop turns: on a software adapter that is a core less to compute and to compile with. So the loop is made to turn slowly while
 * somebody waits: each turn sleeps a little. Browsers wait on their own.
 */

/** Settles as the promise does. */
export type Wait = <T>(promise: Promise<T>) => Promise<T>;

/** A turn sleeps for this share of the time that was waited already, at most so many ms: so much later the news arrives. */
const SHARE = 0.05;
const MOST = 2;
/** Until so many ms are waited, a turn does not sleep: an operating system's shortest sleep is a good part of that. */
const SHORT = 0.2;

/** Absent in browsers. */
const { setImmediate } = globalThis as { readonly setImmediate?: (turn: () => void) => void };

export function createWait(): Wait {
  if (!setImmediate) return (promise) => promise;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  let open = 0;
  let since = 0;
  let turning = false;
  const turn = (): void => {
    turning = open > 0;
    if (!turning) return;
    const waited = performance.now() - since;
    if (waited > SHORT) Atomics.wait(cell, 0, 0, Math.min(MOST, SHARE * waited));
    setImmediate(turn);
  };
  return async (promise) => {
    if (open++ === 0) since = performance.now();
    if (!turning) setImmediate(turn);
    turning = true;
    try {
      return await promise;
    } finally {
      open--;
    }
  };
}
