/** How long the device has nothing to do because a batch is not there yet. */
import type { Device } from "../../runtime/index.ts";

export interface Waiting {
  /** Milliseconds so far: of each wait the part after the device had done all steps that were submitted. Short by at most 2 ms a wait. */
  milliseconds(): number;
  /** The batch, once it is there. */
  until<T>(batch: Promise<T>): Promise<T>;
}

export function createWaiting(device: Device): Waiting {
  let total = 0;
  return {
    milliseconds: () => total,
    async until(batch) {
      // The queue is asked only where there is something to wait for: Dawn polls it as long as somebody listens.
      if (await isThere(batch)) return batch;
      let idleSince: number | undefined;
      const idle = (): void => {
        idleSince = performance.now();
      };
      device.gpu.queue.onSubmittedWorkDone().then(idle, () => undefined);
      try {
        return await batch;
      } finally {
        if (idleSince !== undefined) total += performance.now() - idleSince;
      }
    },
  };
}

/** Whether a promise is settled, or is within a millisecond. */
function isThere(promise: Promise<unknown>): Promise<boolean> {
  const settled = (): boolean => true;
  return Promise.race([promise.then(settled, settled), new Promise<boolean>((resolve) => setTimeout(resolve, 0, false))]);
}
