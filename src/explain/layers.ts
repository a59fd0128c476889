/** At which layer a method looks. If that layer cannot serve, the error says why in one line. */
import { UserError } from "../data/errors.ts";
import type { Node } from "../graph/index.ts";
import { type Network, layerPath } from "../networks/index.ts";
import { METHODS, type Method } from "./methods.ts";

/** Every node on which `node` depends, itself included. */
function ancestors(node: Node): ReadonlySet<Node> {
  const seen = new Set([node]);
  for (const one of seen) for (const input of one.inputs) seen.add(input);
  return seen;
}

/** The layer at which `method` looks: given by path, or the network's own choice. A UserError says why a layer cannot serve. */
export function layerFor(network: Network, method: Method, path = network.features): Node {
  const { title, layer: needs } = METHODS[method];
  layerPath(network, path);
  if (needs === "features") checkCam(network, path);
  const node = network.layer(path);
  const [, , h = 1, w = 1] = node.shape;
  if (needs !== "any" && node.shape.length !== 4) {
    throw new UserError(
      `${title} cannot look at ${path}: its output [${node.shape.join(", ")}] is fully connected and has no places in the picture; ${advice(network)}`,
    );
  }
  if (needs !== "any" && h * w === 1)
    throw new UserError(
      `${title} cannot look at ${path}: 1 x 1 unit per channel says nothing about places; take an earlier layer, a larger picture (--size), or a method that needs no layer`,
    );
  if (!ancestors(network.logits).has(node)) throw new UserError(`${title} cannot look at ${path}: the scores do not depend on it`);
  return node;
}

function checkCam(network: Network, path: string): void {
  const instead = "Grad-CAM (--method grad-cam) works with any head";
  if (!network.classifier)
    throw new UserError(`CAM needs a head of one linear layer on averaged maps, which ${network.name} as it is has not; ${instead}`);
  if (path !== network.features)
    throw new UserError(`CAM is bound to the layer before the average, ${network.features}, not ${path}; ${instead}`);
}

const advice = ({ features }: Network): string =>
  `take a convolutional layer such as ${features}, or a method that needs none (guided-backprop, deconvnet-guided)`;
