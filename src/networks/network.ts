/** A network with its inside: input, scores, and layers by path. */
import { UserError } from "../data/errors.ts";
import type { Node } from "../graph/index.ts";
import type { Backbone, Params } from "../models/index.ts";

export interface Network {
  readonly name: string;
  /** [N, C, H, W], C = 1 or 3 */
  readonly image: Node;
  /** [N, classes], before any softmax */
  readonly logits: Node;
  /** Path of the last layer with positions in the picture: the default of the class activation family. */
  readonly features: string;
  /** [classes, K]: the one linear layer on averaged `features`; null if the head is another one. */
  readonly classifier: Node | null;
  /** Paths of all layers, in order. */
  readonly layers: readonly string[];
  /** A layer's output; a path that was used several times gives the last use. */
  layer(path: string): Node;
}

/** A backbone, built below `p` on `image`. */
export const networkOf = (name: string, p: Params, image: Node, { features, logits, classifier }: Backbone): Network =>
  tappedNetwork(name, p, image, { logits, classifier, features: pathOf(p, features) });

/** Any model whose layers were tapped below `p`. */
export function tappedNetwork(name: string, p: Params, image: Node, rest: Pick<Network, "logits" | "classifier" | "features">): Network {
  return { name, image, ...rest, layers: p.taps(), layer: (path) => lastUse(p, path) };
}

/** The outermost name of a tapped node: `layer4` rather than `layer4.2.relu_2`; of several the first. */
function pathOf(p: Params, node: Node): string {
  const names = p.taps().filter((path) => lastUse(p, path) === node);
  const depth = (path: string): number => path.split(".").length;
  return names.sort((a, b) => depth(a) - depth(b))[0] ?? "";
}

function lastUse(p: Params, path: string): Node {
  let last: Node | undefined;
  for (let use = 0; ; use++) {
    try {
      last = p.tapped(path, use);
    } catch {
      break;
    }
  }
  return last ?? p.tapped(path);
}

/** A path from outside, if the network has a layer of that name. */
export function layerPath(network: Network, path: string): string {
  if (network.layers.includes(path)) return path;
  throw new UserError(`${network.name} has no layer "${path}"; it has ${nearest(network.layers, path)}`);
}

/** At most eight names, those that begin alike first. */
function nearest(names: readonly string[], wanted: string): string {
  const common = (name: string): number => {
    let at = 0;
    while (at < Math.min(name.length, wanted.length) && name[at] === wanted[at]) at++;
    return at;
  };
  const sorted = [...names].sort((a, b) => common(b) - common(a));
  return sorted.slice(0, 8).join(", ") + (names.length > 8 ? ` and ${names.length - 8} more` : "");
}
