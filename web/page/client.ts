/** The worker as functions that answer by promise. */
import type { Failure, Kind, Notice, Reply, Request, Requests, Results } from "../protocol.ts";

/** What a request can end in, apart from its result and from being cancelled. */
export class RequestError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface Client {
  /** Resolves to null where a later request made this one pointless. Rejects with a RequestError. */
  ask<K extends Kind>(kind: K, body: Requests[K], listen?: (notice: Notice) => void): Promise<Results[K] | null>;
}

interface Waiting {
  readonly listen: (notice: Notice) => void;
  readonly resolve: (result: Results[Kind] | null) => void;
  readonly reject: (error: RequestError) => void;
}

export function createClient(worker: Worker): Client {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  /** Why the worker answers no more. */
  let gone: Failure | null = null;
  worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
    const request = waiting.get(data.id);
    if (!request) return;
    if (data.type === "notice") return request.listen(data.notice);
    waiting.delete(data.id);
    if (data.type === "done") request.resolve(data.result);
    else if (data.type === "cancelled") request.resolve(null);
    else request.reject(new RequestError(data.failure));
  });
  worker.addEventListener("error", (event) => {
    // A script that cannot be loaded gives an event without a message.
    const lost: Failure = { reason: "loading", message: "the part of this page that computes did not come; reload the page" };
    gone = event.message ? { reason: "bug", message: event.message } : lost;
    for (const { reject } of waiting.values()) reject(new RequestError(gone));
    waiting.clear();
  });
  return {
    ask<K extends Kind>(kind: K, body: Requests[K], listen: (notice: Notice) => void = () => undefined) {
      return new Promise<Results[K] | null>((resolve, reject) => {
        if (gone) return reject(new RequestError(gone));
        const id = ++last;
        // The worker answers a request of a kind with that kind's result.
        waiting.set(id, { listen, resolve: resolve as Waiting["resolve"], reject });
        worker.postMessage({ id, kind, body } as Request);
      });
    },
  };
}
