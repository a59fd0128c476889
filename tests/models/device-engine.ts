/** The golden cases' engine on a WebGPU device. */
import { compile, createStore, type Program } from "../../src/kernels/index.ts";
import { pathOf } from "../../src/models/index.ts";
import type { Device } from "../../src/runtime/device.ts";
import type { Engine } from "./golden.ts";

export function deviceEngine(device: Device, name: string): Engine {
  const store = createStore(device);
  const programs: Program[] = [];
  return {
    async program({ outputs, updates }) {
      const program = await compile(device, { name, outputs, updates, store });
      programs.push(program);
      return async (feeds) => {
        const values = await program.call(feeds);
        return Object.fromEntries(Object.entries(outputs).map(([key, { shape }]) => [key, { shape, data: values[key] }]));
      };
    },
    write: (path, data) => store.write(path, data),
    read: async (variable) => ({ shape: variable.shape, data: await store.read(pathOf(variable)) }),
    close() {
      for (const program of programs) program.dispose();
      store.dispose();
    },
  };
}
