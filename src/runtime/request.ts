/** Asking for an adapter, with patience. */

type Asked = Pick<GPU, "requestAdapter">;

const ATTEMPTS = 2;
const PAUSE_MS = 100;

/**
 * The adapter, or null after another try: a driver that has just lost a device answers null for a moment.
 * `source` gives the GPU to ask; in Node a fresh one each time, since an instance that has found nothing never finds anything.
 */
export async function requestAdapter(source: () => Asked, options: GPURequestAdapterOptions): Promise<GPUAdapter | null> {
  for (let attempt = 1; ; attempt++) {
    const adapter = await ask(source, options);
    if (adapter || attempt === ATTEMPTS) return adapter;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Dawn throws where the specification answers null. */
async function ask(source: () => Asked, options: GPURequestAdapterOptions): Promise<GPUAdapter | null> {
  try {
    return await source().requestAdapter(options);
  } catch {
    return null;
  }
}
