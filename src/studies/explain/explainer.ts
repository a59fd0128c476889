/** A network on a device that answers questions about pictures: one submission for each batch. */
import { UserError } from "../../data/errors.ts";
import { input, type Node } from "../../graph/index.ts";
import { compile, type Program, type Store, type Variants } from "../../kernels/index.ts";
import type { Device } from "../../runtime/index.ts";
import { PROBE, type Faithfulness, faithfulnessOf, probeGraph, probes, rankOf } from "./faithfulness.ts";
import { ASKED, type ExplanationGraph, explanationGraph, type MapEntry, type Questions } from "./graph.ts";
import { emptyReason, heatOf, type Heat } from "./heat.ts";
import type { Network } from "./network.ts";

export interface ExplainerOptions extends Questions {
  /** Makes the network on [N, C, H, W]; called for each program, with new `Params` each time. */
  readonly build: (image: Node) => Network;
  /** Holds the weights. */
  readonly store: Store;
  /** [C, H, W] of one picture. */
  readonly shape: readonly [number, number, number];
  /** Pictures at a time. Default: 1. */
  readonly batch?: number;
  /** A class' name for people. Default: "class 7". */
  readonly className?: (index: number) => string;
  /** Measured forms of kernels. */
  readonly variants?: Variants;
  /** Gives up compiling. */
  readonly signal?: AbortSignal;
  /** Told while compiling: kernels done, of how many. */
  readonly progress?: (done: number, total: number) => void;
}

export interface ExplainedMap extends MapEntry {
  readonly class: number;
  /** Of "activation" and "deconvnet-guided". */
  readonly filter: number | null;
  /** [1 or C, H, W]: the method's values, as they are. */
  readonly map: Float32Array;
  readonly heat: Heat;
  /** Why there is nothing to see, or null. */
  readonly note: string | null;
}

export interface Explanation {
  /** [classes] */
  readonly logits: Float32Array;
  readonly probabilities: Float32Array;
  readonly maps: readonly ExplainedMap[];
}

export interface Explainer {
  readonly entries: readonly MapEntry[];
  readonly program: Program;
  /**
   * inputs: f32 [C, H, W] each, at most `batch`. asked: for each picture its `targets` classes (numbers, or `ranked(place)`), or one
   * list for all. An unknown class: UserError.
   */
  explain(inputs: readonly Float32Array[], asked: readonly number[] | readonly (readonly number[])[]): Promise<Explanation[]>;
  /** How much the network depends on what a map marks: 2 steps + 3 pictures through the network. */
  faithfulness(input: Float32Array, heat: Heat, target: number, steps: number): Promise<Faithfulness>;
  dispose(): void;
}

/** Pictures that the probe sends through the network at a time. */
const PROBED = 8;

export async function createExplainer(device: Device, options: ExplainerOptions): Promise<Explainer> {
  const { build, store, shape, batch = 1, targets = 1, signal, progress, variants } = options;
  const network = build(input("image", [batch, ...shape]));
  const graph = explanationGraph(network, options);
  const program = await compile(device, { name: `explain ${network.name}`, outputs: graph.outputs, store, signal, progress, variants });
  let probe: Promise<Program> | undefined;
  const probing = (): Promise<Program> => {
    const name = `probe ${network.name}`;
    probe ??= compile(device, { name, outputs: { probability: probeGraph(build, shape, PROBED) }, store, variants });
    return probe;
  };
  return {
    entries: graph.entries,
    program,
    async explain(inputs, asked) {
      const classes = network.logits.shape[1];
      const lists = inputs.map((_, i) => listFor(asked, i));
      checkAsked(network.name, lists, targets, classes);
      const feeds = {
        image: padded(inputs, batch, shape),
        [ASKED]: Int32Array.from({ length: batch * targets }, (_, i) => wanted(lists, i, targets)),
      };
      return answers(await program.call(feeds), { graph, inputs: inputs.length, batch, classes, targets, options });
    },
    async faithfulness(image, heat, target, steps) {
      const program = await probing();
      const all = probes(steps);
      const values: number[] = [];
      const fixed = { [PROBE.image]: image, [PROBE.rank]: rankOf(heat), [PROBE.target]: new Int32Array(PROBED).fill(target) };
      for (let at = 0; at < all.length; at += PROBED) {
        const part = Array.from({ length: PROBED }, (_, i) => all[Math.min(at + i, all.length - 1)]);
        const { probability } = await program.call({
          ...fixed,
          [PROBE.share]: part.map(({ share }) => share),
          [PROBE.insert]: part.map(({ insert }) => insert),
        });
        values.push(...probability);
      }
      return faithfulnessOf(steps, values);
    },
    dispose() {
      program.dispose();
      probe?.then((made) => made.dispose()).catch(() => null);
    },
  };
}

const listFor = (asked: readonly number[] | readonly (readonly number[])[], i: number): readonly number[] => {
  const own = asked[i];
  return typeof own === "object" ? own : (asked as readonly number[]);
};

/** Places of the batch beyond the last picture ask what the last one asked. */
const wanted = (lists: readonly (readonly number[])[], at: number, targets: number): number =>
  lists[Math.min(Math.floor(at / targets), lists.length - 1)][at % targets];

function checkAsked(name: string, lists: readonly (readonly number[])[], targets: number, classes: number): void {
  for (const list of lists) {
    if (list.length !== targets) throw new RangeError(`expected ${targets} classes for each picture, got ${list.length}`);
    for (const one of list)
      if (!Number.isInteger(one) || one >= classes || one < -Math.min(targets, classes))
        throw new UserError(`${name} has no class ${one}: there are ${classes}, counted from 0`);
  }
}

/** One feed [batch, C, H, W]; the last picture fills up. */
function padded(inputs: readonly Float32Array[], batch: number, shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (inputs.length === 0 || inputs.length > batch) throw new RangeError(`expected 1 to ${batch} pictures, got ${inputs.length}`);
  const all = new Float32Array(batch * size);
  for (let i = 0; i < batch; i++) {
    const own = inputs[Math.min(i, inputs.length - 1)];
    if (own.length !== size) throw new RangeError(`expected a picture of [${shape.join(", ")}], got ${own.length} numbers`);
    all.set(own, i * size);
  }
  return all;
}

interface Context {
  readonly graph: ExplanationGraph;
  readonly inputs: number;
  readonly batch: number;
  readonly classes: number;
  readonly targets: number;
  readonly options: ExplainerOptions;
}

function answers(values: Record<string, Float32Array | Int32Array>, context: Context): Explanation[] {
  const { graph, inputs, batch, classes, targets, options } = context;
  const { className = (index: number) => `class ${index}`, shape } = options;
  const own = (key: string, i: number): Float32Array => {
    const all = values[key] as Float32Array;
    return all.slice((i * all.length) / batch, ((i + 1) * all.length) / batch);
  };
  return Array.from({ length: inputs }, (_, i) => {
    const maps = graph.entries.map((entry): ExplainedMap => {
      const { key, method, layer, target, filtered } = entry;
      const chosen = values.classes[i * targets + target];
      const map = own(`map ${key}`, i);
      const signed = `signed ${key}` in values ? own(`signed ${key}`, i) : null;
      const note = emptyReason({ method, layer, className: className(chosen) }, map, signed);
      const filter = filtered ? values[`filter ${key}`][i] : null;
      return { ...entry, class: chosen, filter, map, heat: heatOf(method, map, [shape[1], shape[2]]), note };
    });
    return { logits: values.logits.slice(i * classes, (i + 1) * classes) as Float32Array, probabilities: own("probabilities", i), maps };
  });
}
