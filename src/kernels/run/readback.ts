/** From GPU buffers to the CPU: one copy into a staging buffer, then a map. */
import { assertAlive, BufferUsage, type Device, DeviceError, MapMode, withErrorScopes } from "../../runtime/device.ts";

export interface ByteRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/**
 * Copies ranges (bytes, multiples of 4) to the CPU, one behind the other, through `staging` or a buffer of its own. The copy is submitted before
 * this returns: what is submitted later does not change the bytes.
 */
export async function readBuffers(device: Device, ranges: readonly ByteRange[], what: string, staging?: GPUBuffer): Promise<ArrayBuffer> {
  assertAlive(device, what);
  const total = ranges.reduce((sum, range) => sum + range.size, 0);
  let target = staging;
  try {
    // A refused copy would leave zeros: the scopes turn it into an error.
    const mapped = withErrorScopes(device, `reading ${what}`, () => {
      target ??= device.gpu.createBuffer({ label: `staging for ${what}`, size: total, usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST });
      copy(device, ranges, target, what);
      return target.mapAsync(MapMode.READ, 0, total);
    });
    await device.wait(mapped);
    const bytes = (target as GPUBuffer).getMappedRange(0, total).slice(0);
    return bytes;
  } catch (cause) {
    // A lost device says so a moment after its copies and maps fail.
    await Promise.race([device.lost, new Promise((resolve) => setTimeout(resolve, 50))]);
    assertAlive(device, what);
    if (cause instanceof DeviceError) throw cause;
    throw new DeviceError("validation", `reading ${what} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  } finally {
    if (target?.mapState === "mapped") target.unmap();
    if (!staging) target?.destroy();
  }
}

function copy(device: Device, ranges: readonly ByteRange[], target: GPUBuffer, what: string): void {
  const encoder = device.gpu.createCommandEncoder({ label: `read ${what}` });
  let at = 0;
  for (const { buffer, offset, size } of ranges) {
    encoder.copyBufferToBuffer(buffer, offset, target, at, size);
    at += size;
  }
  device.gpu.queue.submit([encoder.finish()]);
}
