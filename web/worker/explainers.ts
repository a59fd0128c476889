/** Compiled explanations: one program for each network, method and layer, kept while there is room. */
import type { Device } from "intarsia/runtime";
import { createExplainer, type Explainer, METHODS, type Method } from "intarsia/explain";
import type { Job } from "./jobs.ts";
import { paceOn, type Ready } from "./networks.ts";

/** Bytes that programs which wait for their next use may hold. */
const KEPT_BYTES = 512 * 2 ** 20;

export interface Explainers {
  get(network: Ready, method: Method, layer: string | null, job: Job): Promise<Explainer>;
  /** Frees everything that belongs to the network. */
  forget(): void;
}

export function createExplainers(device: Device): Explainers {
  const made = new Map<string, Explainer>();
  const drop = (key: string): void => {
    made.get(key)?.dispose();
    made.delete(key);
  };
  return {
    async get(network, method, layer, { signal, progress }) {
      const path = layerOf(network, method, layer);
      const key = `${method} ${path}`;
      const known = made.get(key);
      if (known) {
        made.delete(key);
        made.set(key, known);
        return known;
      }
      const { build, store, shape, className } = network;
      const text = `Compiling ${METHODS[method].title}`;
      progress(text, 0);
      const onProgress = (done: number, total: number): void => progress(text, done / total);
      const questions = { methods: [method], layers: [path], ...paceOn(device) };
      const explainer = await createExplainer(device, { build, store, shape, className, ...questions, signal, progress: onProgress });
      let room = KEPT_BYTES - explainer.program.memory.peak;
      for (const [old, { program }] of [...made].reverse()) {
        room -= program.memory.peak;
        if (room < 0) drop(old);
      }
      made.set(key, explainer);
      return explainer;
    },
    forget() {
      for (const key of [...made.keys()]) drop(key);
    },
  };
}

/** Where a method looks: CAM is bound to the last maps. */
function layerOf({ card }: Ready, method: Method, layer: string | null): string {
  return METHODS[method].layer === "features" ? card.features : (layer ?? card.features);
}
