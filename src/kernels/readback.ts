import { assertAlive, BufferUsage, type Device, DeviceError, MapMode } from "../runtime/device.ts";

export interface Range {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** Copies ranges (bytes, multiples of 4) to the CPU, one behind the other, through `staging` or a buffer of its own. */
export async function readBuffers(device: Device, ranges: readonly Range[], what: string, staging?: GPUBuffer): Promise<ArrayBuffer> {
  assertAlive(device);
  const total = ranges.reduce((sum, range) => sum + range.size, 0);
  const target =
    staging ?? device.gpu.createBuffer({ label: `staging for ${what}`, size: total, usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST });
  const encoder = device.gpu.createCommandEncoder({ label: `read ${what}` });
  let at = 0;
  for (const { buffer, offset, size } of ranges) {
    encoder.copyBufferToBuffer(buffer, offset, target, at, size);
    at += size;
  }
  device.gpu.queue.submit([encoder.finish()]);
  try {
    await target.mapAsync(MapMode.READ, 0, total);
  } catch (cause) {
    assertAlive(device);
    throw new DeviceError("validation", `reading ${what} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const copy = target.getMappedRange(0, total).slice(0);
  target.unmap();
  if (!staging) target.destroy();
  return copy;
}
