/** `--weights PATH`, an installed package's weights, or none at all. */
import { fromTensorFlow, type TensorSource, tensorSource, UserError } from "../../data/index.ts";
import { loadFaceWeights, loadTrunkWeights, looksLikeTensorFlow, readTensorFlow, safetensorsFile } from "../../data/node/index.ts";
import { fitWeights, type FormOptions, type Loaded, type NetworkEntry, untrained } from "../../networks/index.ts";

export interface WeightOptions extends FormOptions {
  /** A safetensors file, or a model of TensorFlow.js (`readTensorFlow`). Default: what comes with an installed package, if anything. */
  readonly weights?: string;
  /** Instead of a file: untrained weights drawn from this seed. */
  readonly randomWeights?: number;
}

/** Of a file only the header is read now, and tensor by tensor later. `shape`: [C, H, W] of a picture. */
export function chooseWeights(name: string, entry: NetworkEntry, shape: readonly number[], options: WeightOptions): Loaded {
  const { weights: file, randomWeights } = options;
  if (options.outputStride && !entry.strided) throw new UserError(`${name}: --output-stride is for backbones`);
  if (file && randomWeights !== undefined) throw new UserError("--weights and --random-weights exclude each other");
  if (randomWeights !== undefined) return untrained(entry, shape, randomWeights, options);
  const source = file ? fileSourceOf(file, entry) : packagedSource(entry);
  if (!source) throw new UserError(`${name} needs --weights FILE (${entry.weights}), or --random-weights SEED to look at it untrained`);
  return fitWeights(name, entry, shape, options, source);
}

/** Tensors of TensorFlow.js are in memory as a whole, dequantised. */
function fileSourceOf(file: string, { fromTensorFlow: own }: NetworkEntry): TensorSource {
  return looksLikeTensorFlow(file) ? tensorSource((own ?? fromTensorFlow)(readTensorFlow(file), file), file) : safetensorsFile(file);
}

function packagedSource({ packaged }: NetworkEntry): TensorSource | null {
  if (packaged === "expression") return tensorSource(loadFaceWeights(packaged), "@vladmandic/face-api");
  return packaged ? tensorSource(loadTrunkWeights(packaged), "nsfwjs") : null;
}
