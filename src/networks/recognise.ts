/** Which network a weight file is of, by its keys and shapes. */
import { UserError } from "../data/errors.ts";
import { prefixOf } from "../data/tensors/prefix.ts";
import type { TensorSource } from "../data/tensors/source.ts";
import { input } from "../graph/index.ts";
import { createParams, stateDict } from "../models/index.ts";
import { fitWeights } from "./fit.ts";
import { inputShape, NETWORK_NAMES, type NetworkName, NETWORKS } from "./registry.ts";

/** Every network that the file fits exactly, head and number of classes as the file has them. */
export function recognisedNetworks(source: TensorSource): NetworkName[] {
  const names = likelyNetworks(source).map(({ name }) => name);
  return names.filter((name) => {
    try {
      fitWeights(name, NETWORKS[name], inputShape(NETWORKS[name]), {}, source);
      return true;
    } catch (error) {
      if (error instanceof UserError) return false;
      throw error;
    }
  });
}

export interface LikelyNetwork {
  readonly name: NetworkName;
  /** Tensors that the network has, and how many of them the file has with the same shape. */
  readonly tensors: number;
  readonly common: number;
}

/** All networks, those first that share most keys of the same shape with the file, a prefix before all of its keys aside. */
export function likelyNetworks({ entries }: TensorSource): LikelyNetwork[] {
  const all = NETWORK_NAMES.map((name): LikelyNetwork => {
    const p = createParams();
    NETWORKS[name].build(p, input("image", [1, ...inputShape(NETWORKS[name])]));
    const own = stateDict(p);
    const prefix = prefixOf(
      own.map(({ key }) => key),
      entries.keys(),
    );
    const common = own.filter(({ key, shape }) => entries.get(prefix + key)?.shape.join() === shape.join()).length;
    return { name, tensors: own.length, common };
  });
  const share = ({ tensors, common }: LikelyNetwork): number => common / Math.max(tensors, entries.size);
  return all.sort((a, b) => share(b) - share(a));
}
