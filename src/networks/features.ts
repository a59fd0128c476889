/** A network as a frozen trunk: pictures to features, which are computed once and kept. */
import type { FileTensor, Picture, TensorSource } from "../data/index.ts";
import { UserError } from "../data/errors.ts";
import { globalAveragePool, input, type Node } from "../graph/index.ts";
import { compile, type Variants } from "../kernels/index.ts";
import type { Device } from "../runtime/index.ts";
import { fitWeights, type Loaded } from "./fit.ts";
import type { Network } from "./network.ts";
import { type Preparation, preparePicture } from "./prepare.ts";
import { networkEntry } from "./registry.ts";

export interface TrunkOptions {
  /** Pictures at a time. Default: 4. */
  readonly batch?: number;
  /** How a picture is brought to the network's input. Default: the network's own. */
  readonly preparation?: Preparation;
  readonly variants?: Variants;
}

/** A tensor as files and data sets take it (`writeSafetensors`, `fromTensors`), a row for each picture. */
export interface Features extends FileTensor {
  readonly dtype: "F32";
  readonly shape: readonly [pictures: number, count: number];
  readonly data: Float32Array;
}

export interface Trunk {
  /** Features of a picture: channels of the network's last layer with places. */
  readonly count: number;
  /** -> F32 [n, count], in the pictures' order. None at all: UserError. `progress` is called with the pictures done. */
  features(pictures: Iterable<Picture> | AsyncIterable<Picture>, progress?: (done: number) => void): Promise<Features>;
  dispose(): void;
}

/** What a picture looks like to a network: the mean over places of its last layer that has some, [N, K, h, w] -> [N, K]. */
export const featuresOf = (network: Network): Node => globalAveragePool(network.layer(network.features));

/**
 * Opens a network by name with its weights (a source that fits it, with a head for any number of classes, or what `fitWeights` made of one for
 * the preparation's size). An unknown name, weights of another network: UserError.
 */
export async function openTrunk(device: Device, name: string, weights: TensorSource | Loaded, options: TrunkOptions = {}): Promise<Trunk> {
  const entry = networkEntry(name);
  const { batch = 4, preparation = entry.preparation, variants } = options;
  const shape = [preparation.mean.length, ...preparation.size];
  const loaded = "build" in weights ? weights : fitWeights(name, entry, shape, {}, weights);
  const features = featuresOf(loaded.build(input("image", [batch, ...shape])));
  const store = await loaded.load(device);
  const program = await compile(device, { name: `features of ${name}`, outputs: { features }, store, variants });
  const count = features.shape[1];
  const size = shape.reduce((product, extent) => product * extent, 1);
  return {
    count,
    async features(pictures, progress) {
      const rows: Float32Array[] = [];
      const images = new Float32Array(batch * size);
      let waiting = 0;
      const flush = async (): Promise<void> => {
        const found = (await program.call({ image: images })).features as Float32Array;
        for (let i = 0; i < waiting; i += 1) rows.push(found.slice(i * count, (i + 1) * count));
        waiting = 0;
        progress?.(rows.length);
      };
      for await (const picture of pictures) {
        images.set(preparePicture(picture, preparation).input, waiting * size);
        waiting += 1;
        if (waiting === batch) await flush();
      }
      if (waiting > 0) await flush();
      if (rows.length === 0) throw new UserError(`features of ${name}: no pictures given`);
      const data = new Float32Array(rows.length * count);
      rows.forEach((row, i) => data.set(row, i * count));
      return { dtype: "F32", shape: [rows.length, count], data };
    },
    dispose() {
      program.dispose();
      store.dispose();
    },
  };
}
