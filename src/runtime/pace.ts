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
/** Work that is found done at once may have ended long ago: expect that much less next time. */
const SHORTER = 0.5;
/** One slow run (a busy machine) lengthens the next sleep by no more than this. */
const LONGER = 1.25;

export function createPace(): Pace {
  const expected = new WeakMap<object, number>();
  let pending: object[] = [];
  let begun = 0;
  let asked = 0;
  const total = (): number => pending.reduce((sum, key) => sum + (expected.get(key) ?? 0), 0);
  return {
    begin(key) {
      const now = performance.now();
      // What should have ended by now has ended: the device was idle since.
      if (pending.length === 0 || now > begun + total()) [pending, begun] = [[], now];
      pending.push(key);
    },
    async sleep() {
      const left = begun + SHARE * total() - performance.now();
      if (pending.length > 0 && left >= LEAST_MS) await new Promise((resolve) => setTimeout(resolve, left));
      asked = performance.now();
    },
    end() {
      const now = performance.now();
      const [took, foretold] = [now - begun, total()];
      const seen = now - asked >= 1;
      for (const key of new Set(pending)) {
        const before = expected.get(key);
        // The first time says nothing: drivers compile then, which may take a thousand times as long.
        if (before === undefined) expected.set(key, 0);
        else if (before > 0) expected.set(key, before * (seen ? Math.min(LONGER, took / foretold) : SHORTER));
        else if (seen && pending.length === 1) expected.set(key, took);
      }
      pending = [];
    },
  };
}

/** For browsers: nothing to do. */
export const unpaced: Pace = { begin: () => {}, sleep: () => Promise.resolve(), end: () => {} };
