/** What the bench asks of a library: to open the adapter, and to make a computation that can be called. */
import type { AdapterKind } from "../../src/runtime/index.ts";
import type { Counter } from "../counter.ts";
import type { HostTensors } from "../tensors.ts";
import type { Named, Workload } from "../workload.ts";

export const LIBRARIES = ["intarsia", "tfjs", "jax"] as const;
export type LibraryName = (typeof LIBRARIES)[number];

/** Uploaded, built, called once, its results read: what happens in the first call. */
export interface Running {
  /** Row-major, in our layout. */
  readonly outputs: Named<Float32Array>;
  /** The most bytes that it said it would need, where a library says so. */
  readonly plannedBytes?: number;
  /** One more call: it resolves when everything is submitted; the caller waits for the queue. */
  call(): Promise<void>;
}

export interface Library {
  readonly gpu: GPUDevice;
  readonly counter: Counter;
  /** Errors that the device reported so far. */
  readonly problems: readonly string[];
  /** The inputs as this library keeps them. Not timed. */
  /** Everything submitted is done: waited for as a user of this library waits. */
  idle(): Promise<unknown>;
  prepare(workload: Workload, tensors: HostTensors): HostTensors;
  first(workload: Workload, tensors: HostTensors): Promise<Running>;
}

export type Open = (adapter: AdapterKind) => Promise<Library>;
