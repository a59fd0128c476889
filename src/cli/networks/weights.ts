/** `--weights FILE`, an installed package's weights, or none at all; and whose they are. */
import { fromTensorFlow, type TensorSource, tensorSource, UserError } from "../../data/index.ts";
import { loadFaceWeights, loadTrunkWeights, looksLikeTensorFlow, readTensorFlow, safetensorsFile } from "../../data/node/index.ts";
import {
  fitWeights,
  type FormOptions,
  inputShape,
  likelyNetworks,
  type Loaded,
  type NetworkEntry,
  type NetworkName,
  NETWORKS,
  recognisedNetworks,
  untrained,
} from "../../networks/index.ts";

export interface WeightOptions extends FormOptions {
  /** A safetensors file, or a model of TensorFlow.js (`readTensorFlow`). Default: what comes with an installed package, if anything. */
  readonly weights?: string;
  /** Instead of a file: untrained weights drawn from this seed. */
  readonly randomWeights?: number;
}

/** The network that a file of weights fits, told on standard error. None, or several: UserError. */
export function modelOf(file: string): NetworkName {
  if (looksLikeTensorFlow(file))
    throw new UserError(`${file}: a model of TensorFlow.js, whose keys its network names; --model says which it is`);
  const source = safetensorsFile(file);
  const fits = recognisedNetworks(source);
  if (fits.length > 1) throw new UserError(`${file}: may be ${fits.join(" or ")}; --model says which`);
  const [model] = fits;
  if (model === undefined) refuseUnknown(source);
  console.error(`intarsia: ${file} fits ${model}`);
  return model;
}

/** Why the nearest of the networks does not take the file. */
function refuseUnknown(source: TensorSource): never {
  const [{ name: nearest }] = likelyNetworks(source);
  const entry = NETWORKS[nearest];
  fitWeights(`${nearest}, the nearest of the networks that there are`, entry, inputShape(entry), {}, source);
  throw new Error(`${nearest} takes weights by which it was not recognised`);
}

/** Of a file only the header is read now, and tensor by tensor later. `shape`: [C, H, W] of a picture. */
export function chooseWeights(name: string, entry: NetworkEntry, shape: readonly number[], options: WeightOptions): Loaded {
  const { weights: file, randomWeights } = options;
  if (options.outputStride && !entry.strided) throw new UserError(`${name}: --output-stride is for backbones`);
  if (file && randomWeights !== undefined) throw new UserError("--weights and --random-weights exclude each other");
  if (randomWeights !== undefined) return untrained(entry, shape, randomWeights, options);
  const source = file ? fileSourceOf(file, entry) : packagedSource(entry);
  if (!source) throw new UserError(`${name} needs --weights FILE (${entry.weights}), or --random-weights SEED to look at it untrained`);
  try {
    return fitWeights(name, entry, shape, options, source);
  } catch (error) {
    throw error instanceof UserError ? new UserError(error.message + elsewhere(name, source)) : error;
  }
}

/** "; this fits resnet18", where it is another network's. */
function elsewhere(name: string, source: TensorSource): string {
  const fits = recognisedNetworks(source).filter((other) => other !== name);
  return fits.length > 0 ? `; this fits ${fits.join(" and ")}` : "";
}

/** Tensors of TensorFlow.js are in memory as a whole, dequantised. */
function fileSourceOf(file: string, { fromTensorFlow: own }: NetworkEntry): TensorSource {
  return looksLikeTensorFlow(file) ? tensorSource((own ?? fromTensorFlow)(readTensorFlow(file), file), file) : safetensorsFile(file);
}

function packagedSource({ packaged }: NetworkEntry): TensorSource | null {
  if (packaged === "expression") return tensorSource(loadFaceWeights(packaged), "@vladmandic/face-api");
  return packaged ? tensorSource(loadTrunkWeights(packaged), "nsfwjs") : null;
}
