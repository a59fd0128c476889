/** One job after another; a new request cancels those that it makes pointless. */
import type { Kind, Notice } from "../protocol.ts";

export interface Job {
  readonly signal: AbortSignal;
  readonly tell: (notice: Notice) => void;
  readonly progress: (text: string, share?: number | null) => void;
}

/** Which kinds of request a new one makes pointless. */
const CANCELS: Readonly<Record<Kind, readonly Kind[]>> = {
  open: [],
  picture: ["picture", "faces", "explain", "measure"],
  network: ["network", "faces", "explain", "measure"],
  faces: ["faces", "explain", "measure"],
  explain: ["explain", "measure"],
  measure: ["measure"],
};

export interface Jobs {
  /** Runs `work` when the jobs before it have ended. Rejects with the signal's reason if it was cancelled. */
  run<T>(kind: Kind, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export function createJobs(): Jobs {
  const open = new Map<AbortController, Kind>();
  let turn: Promise<unknown> = Promise.resolve();
  return {
    run(kind, work) {
      for (const [controller, other] of open) if (CANCELS[kind].includes(other)) controller.abort();
      const controller = new AbortController();
      open.set(controller, kind);
      const result = turn.then(async () => {
        // Messages that arrived in between are handled first.
        await new Promise((resolve) => setTimeout(resolve, 0));
        controller.signal.throwIfAborted();
        const value = await work(controller.signal);
        controller.signal.throwIfAborted();
        return value;
      });
      turn = result.catch(() => null).finally(() => open.delete(controller));
      return result;
    },
  };
}
