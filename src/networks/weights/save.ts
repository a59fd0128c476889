/** Weights out of a store, under the keys and with the element types of a PyTorch state_dict. */
import type { FileTensor, Tensors } from "../../data/index.ts";
import type { Store } from "../../kernels/index.ts";
import { type Params, stateDict } from "../../models/index.ts";

/** A model's parameters and buffers as `writeSafetensors` takes them; counters are I64, as PyTorch keeps them. */
export async function stateTensors(p: Params, store: Store): Promise<Tensors> {
  const tensors = new Map<string, FileTensor>();
  for (const { key, path, shape, dtype } of stateDict(p)) {
    const data = await store.read(path);
    const counts = dtype === "I64" ? BigInt64Array.from(data, (x) => BigInt(x)) : null;
    tensors.set(key, { shape, dtype, data: counts ?? data });
  }
  return Object.fromEntries(tensors);
}
