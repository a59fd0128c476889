/** Counts the bytes of every buffer that a library makes on its device, until it destroys it. The same for all libraries. */

export interface Counter {
  /** The bytes that are there now. */
  live(): number;
  /** The most bytes that were there at a time. */
  peak(): number;
}

/** Watches `device` from now on. A buffer that is dropped without `destroy()` counts as there, as its memory is until garbage collection. */
export function countBuffers(device: GPUDevice): Counter {
  let [live, peak] = [0, 0];
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    let size = descriptor.size;
    live += size;
    peak = Math.max(peak, live);
    buffer.destroy = () => {
      live -= size;
      size = 0;
      return destroy();
    };
    return buffer;
  };
  return { live: () => live, peak: () => peak };
}
