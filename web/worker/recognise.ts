/** Which network a weight file is of, by its keys and shapes. */
import { type TensorSource, UserError } from "intarsia/data";
import { input } from "intarsia/graph";
import { createParams, stateDict } from "intarsia/models";
import { fitWeights, type NetworkName, NETWORK_NAMES, NETWORKS } from "intarsia/networks";

/** [C, H, W] of one picture. */
export function shapeOf(name: NetworkName): readonly [number, number, number] {
  const { mean, size } = NETWORKS[name].preparation;
  return [mean.length, ...size];
}

/** Every network that the file fits exactly, head and number of classes as the file has them. */
export function recognised(source: TensorSource): NetworkName[] {
  return likely(source).filter((name) => {
    try {
      fitWeights(name, NETWORKS[name], shapeOf(name), {}, source);
      return true;
    } catch (error) {
      if (error instanceof UserError) return false;
      throw error;
    }
  });
}

/** All networks, those first that share most keys of the same shape with the file. */
export function likely({ entries }: TensorSource): NetworkName[] {
  const shares = new Map(
    NETWORK_NAMES.map((name) => {
      const p = createParams();
      NETWORKS[name].build(p, input("image", [1, ...shapeOf(name)]));
      const own = stateDict(p);
      const common = own.filter(({ key, shape }) => entries.get(key)?.shape.join() === shape.join()).length;
      return [name, common / Math.max(own.length, entries.size)] as const;
    }),
  );
  return [...NETWORK_NAMES].sort((a, b) => (shares.get(b) ?? 0) - (shares.get(a) ?? 0));
}
