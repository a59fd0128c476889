/**
 * Waiting for the GPU without keeping a core busy. While a promise of the GPU is open, Dawn's Node binding asks for news as often as the
 * event loop turns: on a software adapter that is a whole core less to compute with. So we sleep first, for most of the time that the
 * same work took before, and ask then. Browsers wait on their own.
 */

export interface Pace {
  /** Work was submitted. The same key means work that takes about as long. */
  begin(key: object): void;
  /** Resolves shortly before what was submitted so far is likely to end. */
  sleep(): Promise<void>;
  /** Everything submitted so far is done: what it took is learnt. */
  end(): void;
}

/** The share of the expected time that is slept. */
const SHARE = 0.9;
/** Shorter sleeps are not worth a timer, whose resolution is 1 ms. */
const LEAST_MS = 3;
/** Work that was found done right after a sleep may have ended long before: expect that much less next time. */
const SHORTER = 0.8;

export function createPace(): Pace {
  const expected = new WeakMap<object, number>();
  let pending: object[] = [];
  let begun = 0;
  let woke = 0;
  const total = (): number => pending.reduce((sum, key) => sum + (expected.get(key) ?? 0), 0);
  return {
    begin(key) {
      if (pending.length === 0) begun = performance.now();
      pending.push(key);
    },
    async sleep() {
      const left = begun + SHARE * total() - performance.now();
      if (left < LEAST_MS) return;
      await new Promise((resolve) => setTimeout(resolve, left));
      woke = performance.now();
    },
    end() {
      const now = performance.now();
      const foretold = total();
      const took = (now - begun) * (now - woke < 1 ? SHORTER : 1);
      for (const key of pending) {
        const share = foretold > 0 ? (expected.get(key) ?? foretold / pending.length) / foretold : 1 / pending.length;
        expected.set(key, took * share);
      }
      pending = [];
    },
  };
}

/** For browsers: nothing to do. */
export const unpaced: Pace = { begin: () => {}, sleep: () => Promise.resolve(), end: () => {} };
