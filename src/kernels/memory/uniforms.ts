/** One buffer holds the uniforms of all kernels of a program: where each of them begins. */
import type { Kernel } from "../lower/kernel.ts";

/** WebGPU's guaranteed `minUniformBufferOffsetAlignment`, bytes. */
const UNIFORM_ALIGN = 256;

export interface UniformLayout {
  /** Kernel's uniform -> byte at which it begins. A kernel that runs a second time has the same uniform. */
  readonly offsets: ReadonlyMap<Kernel["uniform"], number>;
  readonly bytes: number;
}

/** Uniforms of equal content share their place. */
export function layoutUniforms(kernels: readonly Kernel[]): UniformLayout {
  const places = new Map<string, number>();
  const offsets = new Map<Kernel["uniform"], number>();
  let bytes = 0;
  for (const { uniform } of kernels) {
    const key = uniform.join();
    const offset = places.get(key) ?? bytes;
    if (offset === bytes) bytes += Math.ceil(uniform.byteLength / UNIFORM_ALIGN) * UNIFORM_ALIGN;
    places.set(key, offset);
    offsets.set(uniform, offset);
  }
  return { offsets, bytes };
}
