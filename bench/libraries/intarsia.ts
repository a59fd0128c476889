/** intarsia in the bench: compile once, run often. Inputs are variables, which lie on the device. */
import { variable } from "../../src/graph/index.ts";
import { compile, createStore } from "../../src/kernels/index.ts";
import { type AdapterKind, type Device, openDevice } from "../../src/runtime/index.ts";
import { countBuffers } from "../counter.ts";
import type { Library } from "./library.ts";

export async function openIntarsia(adapter: AdapterKind): Promise<Library & { readonly device: Device }> {
  const device = await openDevice({ adapter });
  return {
    device,
    gpu: device.gpu,
    idle: () => device.idle(),
    counter: countBuffers(device.gpu),
    get problems() {
      return device.errors.messages;
    },
    prepare: (_, tensors) => tensors,
    async first({ name, ours }, tensors) {
      const nodes = Object.entries(tensors).map(([path, { shape, values }]) => {
        const dtype = values instanceof Int32Array ? "i32" : "f32";
        return [path, variable(path, shape, { dtype })] as const;
      });
      const store = createStore(device, { values: new Map(Object.entries(tensors).map(([path, { values }]) => [path, values])) });
      const program = await compile(device, { name, store, ...ours(Object.fromEntries(nodes)) });
      const outputs = (await program.call({})) as Record<string, Float32Array>;
      return { outputs, plannedBytes: program.memory.peak, call: () => program.run({}) };
    },
  };
}
