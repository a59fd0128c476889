/** A network on a device that answers questions about pictures: one submission for each batch. */
import { UserError } from "../data/errors.ts";
import { input } from "../graph/index.ts";
import { compile, type Program } from "../kernels/index.ts";
import type { Device } from "../runtime/index.ts";
import { ASKED, type ExplanationGraph, explanationGraph, type MapEntry, type Questions } from "./graph.ts";
import { emptyReason, heatOf, type Heat } from "./heat.ts";
import { createMeasurer, type Measurer, type MeasurerOptions } from "./measurer.ts";

export interface ExplainerOptions extends Questions, MeasurerOptions {
  /** Pictures at a time. Default: 1. */
  readonly batch?: number;
  /** A class' name for people. Default: "class 7". */
  readonly className?: (index: number) => string;
  /** Aborted: gives up compiling. */
  readonly signal?: AbortSignal;
  /** Called while compiling: kernels done, of how many. */
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

export interface Explainer extends Measurer {
  readonly entries: readonly MapEntry[];
  readonly program: Program;
  /**
   * inputs: f32 [C, H, W] each, at most `batch`. asked: for each picture its `targets` classes (numbers, or `ranked(place)`), or one
   * list for all. An unknown class: UserError.
   */
  explain(inputs: readonly Float32Array[], asked: readonly number[] | readonly (readonly number[])[]): Promise<Explanation[]>;
}

export async function createExplainer(device: Device, options: ExplainerOptions): Promise<Explainer> {
  const { build, store, shape, batch = 1, targets = 1, signal, progress, variants } = options;
  const network = build(input("image", [batch, ...shape]));
  const graph = explanationGraph(network, options);
  const program = await compile(device, { name: `explain ${network.name}`, outputs: graph.outputs, store, signal, progress, variants });
  const measurer = createMeasurer(device, options);
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
    faithfulness: measurer.faithfulness,
    measure: measurer.measure,
    dispose() {
      program.dispose();
      measurer.dispose();
    },
  };
}

const listFor = (asked: readonly number[] | readonly (readonly number[])[], i: number): readonly number[] => {
  const own = asked[i];
  return typeof own === "object" ? own : (asked as readonly number[]);
};

/** Unused rows of the batch repeat the classes of the last picture. */
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
