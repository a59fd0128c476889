/** Errors of the device: what went wrong, and where the caller can tell. */

/** adapter: none found or not openable; limit: more asked than it has; option: not understood; lost: it went away; the others are WebGPU's error filters. */
export type DeviceErrorKind = "adapter" | "limit" | "option" | "lost" | "out-of-memory" | "validation" | "internal";

export class DeviceError extends Error {
  readonly kind: DeviceErrorKind;

  constructor(kind: DeviceErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DeviceError";
    this.kind = kind;
  }
}

/** Why a device is gone, in the driver's words. */
export interface Loss {
  readonly reason: string;
  readonly message: string;
}

/** What these functions need of a Device. */
export interface Watched {
  readonly gpu: GPUDevice;
  loss(): Loss | undefined;
}

/** Throws a DeviceError of kind "lost" if the device is lost or closed. `label` says who asks. */
export function assertAlive(device: Watched, label = "device"): void {
  const loss = device.loss();
  if (loss) throw new DeviceError("lost", `${label}: the device was lost (${loss.reason}): ${loss.message || "no message"}`);
}

const FILTERS = ["validation", "out-of-memory", "internal"] as const;

/**
 * Runs `fn` inside one error scope of each filter and throws a DeviceError that begins with `label` if any of them caught something.
 * The scopes close when `fn` returns, before a promise that it returns settles: scopes are one stack per device, so holding them over an
 * await would catch a neighbour's errors. Calls that answer by promise (createComputePipelineAsync, mapAsync) reject on their own,
 * and that rejection, too, is labelled.
 */
export async function withErrorScopes<T>(device: Watched, label: string, fn: () => T | Promise<T>): Promise<T> {
  assertAlive(device, label);
  for (const filter of FILTERS) device.gpu.pushErrorScope(filter);
  let outcome: Promise<T>;
  try {
    outcome = Promise.resolve(fn());
  } catch (error) {
    outcome = Promise.reject(error);
  }
  const [result, ...caught] = await Promise.allSettled([outcome, ...[...FILTERS].reverse().map(() => device.gpu.popErrorScope())]);
  const filters = [...FILTERS].reverse();
  for (const [i, scope] of caught.entries()) {
    if (scope.status === "fulfilled" && scope.value) throw new DeviceError(filters[i], `${label}: ${scope.value.message}`);
  }
  if (result.status === "rejected") throw labelled(device, label, result.reason);
  assertAlive(device, label);
  return result.value;
}

/** An error of whatever kind as one that names `label`; a DeviceError that is already labelled passes through. */
function labelled(device: Watched, label: string, reason: unknown): Error {
  if (reason instanceof DeviceError) return reason;
  assertAlive(device, label);
  const message = reason instanceof Error ? reason.message : String(reason);
  const isPipelineError = reason instanceof Error && reason.name === "GPUPipelineError";
  if (isPipelineError) return new DeviceError("validation", `${label}: ${message}`, { cause: reason });
  return reason instanceof Error ? reason : new DeviceError("internal", `${label}: ${message}`);
}
