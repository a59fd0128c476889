/** Watches which buffers a device makes, and which of them are destroyed. */
import type { Device } from "../../../src/runtime/device.ts";

export interface Made {
  readonly label: string;
  readonly size: number;
  readonly buffer: GPUBuffer;
  destroyed: boolean;
}

/** Runs `use` and lists the buffers that were made meanwhile, in order. */
export async function buffersOf(device: Device, use: (made: readonly Made[]) => Promise<void>): Promise<readonly Made[]> {
  const made: Made[] = [];
  const { gpu } = device;
  const create = gpu.createBuffer;
  gpu.createBuffer = (descriptor) => {
    const buffer = create.call(gpu, descriptor);
    const entry: Made = { label: descriptor.label ?? "", size: descriptor.size, buffer, destroyed: false };
    const destroy = buffer.destroy;
    buffer.destroy = () => {
      entry.destroyed = true;
      destroy.call(buffer);
    };
    made.push(entry);
    return buffer;
  };
  try {
    await use(made);
  } finally {
    gpu.createBuffer = create;
  }
  return made;
}

export const total = (made: readonly Made[]): number => made.reduce((sum, { size }) => sum + size, 0);

/** Asserts that `run` rejects with an error of the type whose message fits. */
export async function rejects(run: () => Promise<unknown>, pattern: RegExp, type: new (...args: never[]) => Error): Promise<void> {
  const outcome = await run().then(
    () => null,
    (error: unknown) => error,
  );
  if (!(outcome instanceof type)) throw new Error(`expected a ${type.name} like ${pattern}, got ${outcome}`);
  if (!pattern.test(outcome.message)) throw new Error(`expected ${pattern}, got "${outcome.message}"`);
}
