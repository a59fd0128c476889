/** jax-js, jitted. Layouts are ours. */
import type { AdapterKind } from "../../src/runtime/index.ts";
import { fromPeer, toPeer } from "../tensors.ts";
import type { JaxApi } from "./jax-api.ts";
import type { Library } from "./library.ts";
import { catchDevice, load } from "./peer.ts";

export async function openJax(adapter: AdapterKind): Promise<Library> {
  let found: JaxApi | undefined;
  const caught = await catchDevice(adapter, async () => {
    found = await load<JaxApi>("@jax-js/jax");
    await found.init("webgpu");
    found.defaultDevice("webgpu");
  });
  const api = found as JaxApi;
  const { numpy: np } = api;
  return {
    ...caught,
    prepare: ({ peerTensors }, tensors) => {
      const own = peerTensors ? peerTensors(tensors) : tensors;
      return Object.fromEntries(Object.entries(own).map(([name, tensor]) => [name, toPeer("jax", tensor)]));
    },
    async first({ jax, layouts = {} }, tensors) {
      if ("cannot" in jax) throw new Error(jax.cannot);
      const inputs = Object.entries(tensors).map(([name, { values, shape }]) => {
        const dtype = values instanceof Int32Array ? np.int32 : np.float32;
        return [name, np.array(values, { shape: [...shape], dtype })] as const;
      });
      const form = jax(api, Object.fromEntries(inputs));
      const outputs: Record<string, Float32Array> = {};
      for (const [name, output] of Object.entries(form())) {
        const { shape } = output;
        outputs[name] = fromPeer("jax", Float32Array.from(await output.data()), shape, layouts[name]);
      }
      return {
        outputs,
        async call() {
          const made = Object.values(form());
          // Arrays are lazy: this is how jax-js is told to compute.
          await api.blockUntilReady(made);
          for (const output of made) output.dispose();
        },
      };
    },
  };
}
