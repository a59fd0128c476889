/** Deletion, insertion and occlusion of any map, on a device: the probe of `faithfulness.ts`, compiled when it is first needed. */
import type { Node } from "../graph/index.ts";
import { compile, type Program, type Store, type Variants } from "../kernels/index.ts";
import type { Network } from "../networks/index.ts";
import type { Device } from "../runtime/index.ts";
import { type Faithfulness, faithfulnessOf, PROBE, type Probe, probeGraph, probes, rankOf } from "./faithfulness.ts";
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
  /** Floating point operations per submit, where programs are to be left in the middle: `signal` is obeyed between submits. Default: `compile`'s. */
  readonly flopsPerSubmit?: number;
}

/** A map, and the class that it is about. */
export interface Mark {
  readonly heat: Heat;
  readonly target: number;
}

export interface MeasureOptions {
  /** Gives it up. */
  readonly signal?: AbortSignal;
  /** Called before the first and after each submission: pictures that went through the network, of how many. */
  readonly progress?: (done: number, total: number) => void;
  /** The class' probability on the picture as it is. Default: it is asked for. */
  readonly known?: (target: number) => number;
}

export interface Measurer {
  /** How much the network depends on what a map marks: 2 `steps` + 1 pictures through the network, for 10 steps. `signal` gives it up. */
  faithfulness(input: Float32Array, heat: Heat, target: number, steps: number, signal?: AbortSignal): Promise<Faithfulness>;
  /** The same for several maps of one picture. The picture itself, blurred, and in its mean colour is asked for once for each class. */
  measure(input: Float32Array, marks: readonly Mark[], steps: number, options?: MeasureOptions): Promise<Faithfulness[]>;
  dispose(): void;
}

export function createMeasurer(device: Device, { build, store, shape, probed = 8, variants, flopsPerSubmit }: MeasurerOptions): Measurer {
  let made: Promise<Program> | undefined;
  const probe = (signal?: AbortSignal): Promise<Program> => {
    if (made) return made;
    const outputs = { probability: probeGraph(build, shape, probed) };
    const program = compile(device, { name: "probe", outputs, store, variants, flopsPerSubmit, signal });
    made = program;
    // After an abort or a failure the next call compiles again.
    program.catch(() => {
      if (made === program) made = undefined;
    });
    return program;
  };
  async function measure(image: Float32Array, marks: readonly Mark[], steps: number, options: MeasureOptions = {}) {
    const { signal, progress } = options;
    if (marks.length === 0) return [];
    const { questions, answers, keys } = questionsOf(marks, steps, options.known);
    progress?.(0, questions.length);
    const program = await probe(signal);
    const ranks = marks.map(({ heat }) => rankOf(heat));
    const size = shape[1] * shape[2];
    for (let at = 0; at < questions.length; at += probed) {
      const part = Array.from({ length: probed }, (_, i) => questions[Math.min(at + i, questions.length - 1)]);
      const rank = new Float32Array(probed * size);
      part.forEach(({ mark }, i) => rank.set(ranks[mark], i * size));
      const feeds = {
        [PROBE.image]: image,
        [PROBE.rank]: rank,
        [PROBE.target]: Int32Array.from(part, ({ mark }) => marks[mark].target),
        [PROBE.share]: part.map(({ share }) => share),
        [PROBE.insert]: part.map(({ insert }) => insert),
      };
      const { probability } = await program.call(feeds, { signal });
      part.forEach(({ key }, i) => answers.set(key, probability[i]));
      progress?.(Math.min(at + probed, questions.length), questions.length);
    }
    return keys.map((own) =>
      faithfulnessOf(
        steps,
        own.map((key) => answers.get(key) as number),
      ),
    );
  }
  return {
    measure,
    faithfulness: async (image, heat, target, steps, signal) => (await measure(image, [{ heat, target }], steps, { signal }))[0],
    dispose() {
      made?.then((program) => program.dispose()).catch(() => null);
      made = undefined;
    },
  };
}

interface Question extends Probe {
  readonly key: string;
  readonly mark: number;
}

/** What has to be asked, each once; what is known already; and for each map the keys of the answers that it needs, in the order of `probes`. */
function questionsOf(marks: readonly Mark[], steps: number, known: MeasureOptions["known"]) {
  const answers = new Map<string, number>();
  const questions = new Map<string, Question>();
  const keys = marks.map(({ target }, mark) =>
    probes(steps).map((probe) => {
      const what = extreme(probe);
      const key = what === null ? `${mark} ${probe.insert} ${probe.share}` : `${what} ${target}`;
      if (what === "picture" && known) answers.set(key, known(target));
      else if (!questions.has(key)) questions.set(key, { ...probe, key, mark });
      return key;
    }),
  );
  return { questions: [...questions.values()], answers, keys };
}

/** What the network is shown where it does not depend on the map; null where it does. */
function extreme({ share, insert }: Probe): "picture" | "mean colour" | "blurred" | null {
  if (share > 0 && share < 1) return null;
  if (insert) return share === 0 ? "blurred" : "picture";
  return share === 0 ? "picture" : "mean colour";
}
