/** `intarsia features`: pictures through a frozen network, once; what they look like to it as a file to learn from or to compare. */
import * as path from "node:path";
import { Command, Option } from "commander";
import { encodeNpy, type FileTensor, naturalOrder, type Picture, UserError } from "../../data/index.ts";
import { listImages, readImage, writeFileAtomic, writeSafetensors } from "../../data/node/index.ts";
import { networkEntry, openTrunk } from "../../networks/index.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import { withDevice } from "../shared/device.ts";
import { checkDistinct } from "../shared/distinct.ts";
import { adapterOption } from "../shared/options.ts";
import { checkWritable } from "../shared/output.ts";
import { createProgressBar } from "../shared/progress-bar.ts";
import { variantsOf, variantsOption } from "../shared/variants-file.ts";
import { batchOption, type PreparationOptions, pictureOptions, preparationOf, weightsOptions } from "./options.ts";
import { chooseWeights, type WeightOptions } from "./weights.ts";

export interface FeaturesOptions extends WeightOptions, PreparationOptions {
  readonly model: string;
  readonly output: string;
  readonly batch?: number;
  readonly adapter?: AdapterKind;
  readonly variants?: string;
}

const DEFAULT_MODEL = "mobilenet_v2_mid";
const ENDINGS = [".safetensors", ".npy"];

async function features(pictures: readonly string[], options: FeaturesOptions): Promise<void> {
  const { model, output, batch, adapter, weights, variants } = options;
  const entry = networkEntry(model);
  const ending = path.extname(output).toLowerCase();
  if (!ENDINGS.includes(ending)) throw new UserError(`--output ${output}: ends in ${ENDINGS.join(" or ")}`);
  const files = listImages(pictures);
  checkWritable(output);
  checkDistinct({ outputs: { "--output": output }, inputs: [...files, weights, variants] });
  const preparation = preparationOf(entry, options);
  const loaded = chooseWeights(model, entry, [preparation.mean.length, ...preparation.size], options);
  if (loaded.note) console.error(`intarsia: ${loaded.note}`);
  const bar = createProgressBar(files.length);
  const found = await withDevice(adapter, async (device) => {
    try {
      const trunk = await openTrunk(device, model, loaded, { batch, preparation, variants: variantsOf(variants, device) });
      return await trunk.features(read(files), (done) => bar.update(done, path.basename(files[done - 1])));
    } finally {
      bar.stop();
    }
  });
  const folders = foldersOf(files);
  if (ending === ".npy") writeFileAtomic(output, encodeNpy(found));
  else writeSafetensors(output, { x: found, ...folders.tensors }, { model, files: JSON.stringify(files), ...folders.metadata });
  console.log(`${output}: ${found.shape[0]} pictures, ${found.shape[1]} features each${folders.text}`);
}

async function* read(files: readonly string[]): AsyncGenerator<Picture> {
  for (const file of files) yield await readImage(file);
}

interface Folders {
  readonly tensors: Readonly<Record<string, FileTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Pictures of several folders: their folders are classes, in natural order. */
function foldersOf(files: readonly string[]): Folders {
  const folders = files.map((file) => path.basename(path.dirname(path.resolve(file))));
  const classes = [...new Set(folders)].sort(naturalOrder);
  if (classes.length < 2) return { tensors: {}, metadata: {}, text: "" };
  const y = Int32Array.from(folders, (folder) => classes.indexOf(folder));
  return {
    tensors: { y: { dtype: "I32", shape: [y.length], data: y } },
    metadata: { classes: JSON.stringify(classes) },
    text: `; ${classes.length} classes by their folders`,
  };
}

export function featuresCommand(): Command {
  const command = new Command("features")
    .description("write what pictures look like to a network: the averages of its last layer with places")
    .argument("<pictures...>", "JPEG, PNG or WebP files, or folders of them; the folders of pictures become classes (y)")
    .option("--model <name>", "a name that `intarsia models` lists", DEFAULT_MODEL)
    .addOption(new Option("--output <file>", "x [n, features] as .safetensors (with y, names and classes) or .npy").makeOptionMandatory());
  for (const option of [...weightsOptions(), ...pictureOptions(), batchOption()]) command.addOption(option);
  return command.addOption(variantsOption()).addOption(adapterOption()).action(features);
}
