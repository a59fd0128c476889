/** Deletion, insertion and occlusion of any map, on a device: the probe of `faithfulness.ts`, compiled when it is first needed. */
import type { Node } from "../graph/index.ts";
import { compile, type Program, type Store, type Variants } from "../kernels/index.ts";
import type { Network } from "../networks/index.ts";
import type { Device } from "../runtime/index.ts";
import { type Faithfulness, faithfulnessOf, PROBE, probeGraph, probes, rankOf } from "./faithfulness.ts";
import type { Heat } from "./heat.ts";

export interface MeasurerOptions {
  /** Makes the network on [N, C, H, W]; called for each program, with new `Params` each time. */
  readonly build: (image: Node) => Network;
  /** Holds the weights. */
  readonly store: Store;
  /** [C, H, W] of one picture. */
  readonly shape: readonly [number, number, number];
  /** Pictures per submission; `signal` is obeyed between submissions. Default: 8. */
  readonly probed?: number;
  /** Measured forms of kernels. */
  readonly variants?: Variants;
}

export interface Measurer {
  /** How much the network depends on what a map marks: 2 `steps` + 3 pictures through the network. `signal` gives it up. */
  faithfulness(input: Float32Array, heat: Heat, target: number, steps: number, signal?: AbortSignal): Promise<Faithfulness>;
  dispose(): void;
}

export function createMeasurer(device: Device, { build, store, shape, probed = 8, variants }: MeasurerOptions): Measurer {
  let made: Promise<Program> | undefined;
  const probe = (signal?: AbortSignal): Promise<Program> => {
    if (made) return made;
    const outputs = { probability: probeGraph(build, shape, probed) };
    const program = compile(device, { name: "probe", outputs, store, variants, signal });
    made = program;
    // After an abort or a failure the next call compiles again.
    program.catch(() => {
      if (made === program) made = undefined;
    });
    return program;
  };
  return {
    async faithfulness(image, heat, target, steps, signal) {
      const program = await probe(signal);
      const all = probes(steps);
      const values: number[] = [];
      const fixed = { [PROBE.image]: image, [PROBE.rank]: rankOf(heat), [PROBE.target]: new Int32Array(probed).fill(target) };
      for (let at = 0; at < all.length; at += probed) {
        const part = Array.from({ length: probed }, (_, i) => all[Math.min(at + i, all.length - 1)]);
        const share = part.map((one) => one.share);
        const insert = part.map((one) => one.insert);
        const { probability } = await program.call({ ...fixed, [PROBE.share]: share, [PROBE.insert]: insert }, { signal });
        values.push(...probability);
      }
      return faithfulnessOf(steps, values);
    },
    dispose() {
      made?.then((program) => program.dispose()).catch(() => null);
      made = undefined;
    },
  };
}
