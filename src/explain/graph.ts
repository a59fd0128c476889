/** All maps that were asked for, of a batch of pictures, as one graph: one submission. */
import { UserError } from "../data/errors.ts";
import { input, mul, type Node, relu, reshape, softmax, sliceAxis, stack } from "../graph/index.ts";
import type { Network } from "../networks/index.ts";
import { layerFor } from "./layers.ts";
import {
  activation,
  cam,
  deconvnetGuided,
  enlarged,
  gradCam,
  gradCamPlusPlus,
  type Gradients,
  gradientsOf,
  sameFilter,
  strongestFilter,
} from "./maps.ts";
import { METHODS, type Method } from "./methods.ts";
import { chosenClasses } from "./targets.ts";

export interface Questions {
  readonly methods: readonly Method[];
  /** Paths; default: the network's `features`. A method without a layer gives one map and ignores them. */
  readonly layers?: readonly string[];
  /** How many classes are explained of each picture. Default: 1. */
  readonly targets?: number;
  /** Which filter "activation" and "deconvnet-guided" show. Default: the one that does most for the class. */
  readonly filter?: number;
}

/** One map of each picture. */
export interface MapEntry {
  readonly key: string;
  readonly method: Method;
  /** Path, or null for a method without a layer. */
  readonly layer: string | null;
  /** Which of the explained classes. */
  readonly target: number;
  /** Whether the output `filter KEY` i32 [N] says which filter was shown. */
  readonly filtered: boolean;
}

export interface ExplanationGraph {
  /**
   * `logits`, `probabilities` [N, classes]; `classes` i32 [N, targets]; for each entry `map KEY` ([N, 1, H, W] of a layer, [N, C, H, W] of
   * pixels), and for the class activation family `signed KEY` [N, 1, h, w], the map at the layer's size before its ReLU.
   */
  readonly outputs: Readonly<Record<string, Node>>;
  readonly entries: readonly MapEntry[];
}

/** Input `asked` i32 [N, targets]: class numbers, or `ranked(place)` with place < targets. */
export const ASKED = "asked";

/** A UserError where a method cannot look at a layer. */
export function explanationGraph(network: Network, questions: Questions): ExplanationGraph {
  const { targets = 1 } = questions;
  const N = network.image.shape[0];
  const asked = input(ASKED, [N, targets], "i32");
  const outputs: Record<string, Node> = { logits: network.logits, probabilities: softmax(network.logits, 1) };
  const chosen: Node[] = [];
  const entries: MapEntry[] = [];
  const views = viewsOf(network, questions);
  const layers = [...new Set(views.flatMap(({ node }) => (node ? [node] : [])))];
  for (let target = 0; target < targets; target++) {
    const classes = chosenClasses(network.logits, reshape(sliceAxis(asked, 1, target, target + 1), [N]), targets);
    chosen.push(classes);
    const gradients = gradientsOf(network, classes, layers);
    for (const view of views) {
      const { method, layer } = view;
      const key = [method, layer ?? "input", target].join(" ");
      const { map, signed, filter } = mapOf(network, view, gradients, questions.filter);
      outputs[`map ${key}`] = map;
      if (signed) outputs[`signed ${key}`] = signed;
      if (filter) outputs[`filter ${key}`] = filter;
      entries.push({ key, method, layer, target, filtered: filter !== undefined });
    }
  }
  outputs.classes = stack(chosen, 1);
  return { outputs, entries };
}

/** A method, and where it looks. */
interface View {
  readonly method: Method;
  readonly layer: string | null;
  readonly node: Node | null;
}

function viewsOf(network: Network, { methods, layers = [network.features], filter }: Questions): View[] {
  const views = methods.flatMap((method): View[] => {
    if (METHODS[method].layer === "none") return [{ method, layer: null, node: null }];
    return layers.map((layer) => ({ method, layer, node: layerFor(network, method, layer) }));
  });
  for (const { layer, node } of views)
    if (node && filter !== undefined && filter >= node.shape[1])
      throw new UserError(`${network.name} has no filter ${filter} at ${layer}: there are ${node.shape[1]}, counted from 0`);
  return views;
}

interface Made {
  readonly map: Node;
  readonly signed?: Node;
  readonly filter?: Node;
}

function mapOf(network: Network, { method, node }: View, gradients: Gradients, filter: number | undefined): Made {
  const { image } = network;
  const layer = node as Node;
  const slope = (): Node => gradients.layer(layer);
  const shown = (): Node => (filter === undefined ? strongestFilter(layer, slope()) : sameFilter(filter, image.shape[0]));
  switch (method) {
    case "cam": {
      const signed = cam(gradients.seed, network.classifier as Node, layer);
      return { signed, map: enlarged(signed, image) };
    }
    case "grad-cam":
    case "guided-grad-cam":
      return activationFamily(gradCam(layer, slope()), image, method === "grad-cam" ? null : gradients.guided());
    case "grad-cam++":
    case "guided-grad-cam++":
      return activationFamily(gradCamPlusPlus(layer, slope()), image, method === "grad-cam++" ? null : gradients.guided());
    case "activation": {
      const chosen = shown();
      return { map: enlarged(activation(layer, chosen), image), filter: chosen };
    }
    case "deconvnet-guided": {
      const chosen = shown();
      return { map: deconvnetGuided(network, layer, chosen), filter: chosen };
    }
    case "input-gradient":
      return { map: gradients.image() };
    case "deconvnet":
      return { map: gradients.deconvnet() };
    case "guided-backprop":
      return { map: gradients.guided() };
    default:
      return method satisfies never;
  }
}

/** signed [N, 1, h, w] -> its positive part, enlarged; times guided backpropagation [N, C, H, W] if given. */
function activationFamily(signed: Node, image: Node, guided: Node | null): Made {
  const map = enlarged(relu(signed), image);
  return { signed, map: guided ? mul(guided, map) : map };
}
