/** tfjs on its WebGPU backend, which runs eagerly. Images are channels-last, as its kernels want them. */
import type { AdapterKind } from "../../src/runtime/index.ts";
import { fromPeer, toPeer } from "../tensors.ts";
import type { Library } from "./library.ts";
import { catchDevice, load } from "./peer.ts";
import type { TfApi } from "./tfjs-api.ts";

export async function openTfjs(adapter: AdapterKind): Promise<Library> {
  let tf: TfApi | undefined;
  const caught = await catchDevice(adapter, async () => {
    tf = await load<TfApi>("@tensorflow/tfjs");
    await load("@tensorflow/tfjs-backend-webgpu");
    await tf.setBackend("webgpu");
    await tf.ready();
  });
  const api = tf as TfApi;
  const backend = api.backend();
  return {
    ...caught,
    prepare: ({ peerTensors }, tensors) => {
      const own = peerTensors ? peerTensors(tensors) : tensors;
      return Object.fromEntries(Object.entries(own).map(([name, tensor]) => [name, toPeer("tfjs", tensor)]));
    },
    async first({ tfjs, layouts = {} }, tensors) {
      if ("cannot" in tfjs) throw new Error(tfjs.cannot);
      const inputs = Object.entries(tensors).map(([name, { values, shape }]) => {
        const dtype = values instanceof Int32Array ? "int32" : "float32";
        return [name, api.tensor(values, [...shape], dtype)] as const;
      });
      const form = tfjs(api, Object.fromEntries(inputs));
      const outputs: Record<string, Float32Array> = {};
      for (const [name, output] of Object.entries(api.tidy(form))) {
        outputs[name] = fromPeer("tfjs", Float32Array.from(await output.data()), output.shape, layouts[name]);
        output.dispose();
      }
      return {
        outputs,
        async call() {
          const made = api.tidy(form);
          // As tfjs itself does before it reads: what is recorded so far is submitted.
          backend.ensureCommandEncoderReady();
          backend.endComputePassEncoder();
          backend.submitQueue();
          for (const output of Object.values(made)) output.dispose();
        },
      };
    },
  };
}
