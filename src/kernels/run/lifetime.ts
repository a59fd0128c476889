/** Until when something may be used: operations that began before its end are finished, and its buffers are freed after the last of them. */

export interface Lifetime {
  /** Begins `operation` at once and keeps the buffers until it settles. @throws (rejects with) `refusal()` after `end()`. */
  use<T>(operation: () => Promise<T>): Promise<T>;
  /** No operation begins any more. Twice is harmless. */
  end(): void;
}

/** `free` is called once: by `end()`, or when the last operation has settled. */
export function createLifetime(refusal: () => Error, free: () => void): Lifetime {
  let ended = false;
  let users = 0;
  return {
    async use(operation) {
      if (ended) throw refusal();
      users++;
      try {
        return await operation();
      } finally {
        users--;
        if (ended && users === 0) free();
      }
    },
    end() {
      if (!ended && users === 0) free();
      ended = true;
    },
  };
}
