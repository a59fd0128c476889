/** `intarsia run`: pictures or a tensor through a network; its scores, and any layer's output, into a safetensors file. */
import { Command, Option } from "commander";
import { asFloat32, quote, type Tensors, UserError } from "../../data/index.ts";
import { listImages, readImage, readSafetensors, readSafetensorsHeader, writeSafetensors } from "../../data/node/index.ts";
import { input, type Node, sizeOf } from "../../graph/index.ts";
import { compile } from "../../kernels/index.ts";
import { layerPath, type Network, type NetworkEntry, type Preparation, preparePicture, networkEntry } from "../../networks/index.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import { type ProgressBar, createProgressBar } from "../shared/progress-bar.ts";
import { withDevice } from "../shared/device.ts";
import { checkDistinct } from "../shared/distinct.ts";
import { adapterOption } from "../shared/options.ts";
import { checkWritable } from "../shared/output.ts";
import { variantsOf, variantsOption } from "../shared/variants-file.ts";
import { batchOption, type PreparationOptions, pictureOptions, preparationOf, weightsOptions } from "./options.ts";
import { chooseWeights, modelOf, type WeightOptions } from "./weights.ts";

export interface RunOptions extends WeightOptions, PreparationOptions {
  readonly input: readonly string[];
  readonly output: string;
  readonly tap?: readonly string[];
  readonly inputKey?: string;
  readonly batch?: number;
  readonly adapter?: AdapterKind;
  readonly variants?: string;
}

/** What goes through the network, one picture at a time. */
interface Feed {
  readonly count: number;
  /** [C, H, W] */
  readonly shape: readonly number[];
  /** f32 [C, H, W] of picture i */
  picture(i: number): Promise<Float32Array>;
  readonly metadata: Readonly<Record<string, string>>;
}

const isTensorFile = (files: readonly string[]): boolean => files.length === 1 && files[0].toLowerCase().endsWith(".safetensors");
const inputFiles = (files: readonly string[]): readonly string[] => (isTensorFile(files) ? files : listImages(files));

function feedOf(entry: NetworkEntry, options: RunOptions): Feed {
  const [first] = options.input;
  return isTensorFile(options.input)
    ? tensorFeed(first, entry, options)
    : pictureFeed(listImages(options.input), preparationOf(entry, options));
}

function pictureFeed(files: readonly string[], preparation: Preparation): Feed {
  return {
    count: files.length,
    shape: [preparation.mean.length, ...preparation.size],
    picture: async (i) => preparePicture(await readImage(files[i], { shrink: true }), preparation).input,
    metadata: { files: JSON.stringify(files) },
  };
}

function tensorFeed(file: string, { preparation }: NetworkEntry, { inputKey, size, fit, mean, std }: RunOptions): Feed {
  if (size || fit || mean || std) throw new UserError("--size, --fit, --mean and --std are for pictures; a tensor goes in as it is");
  const names = readSafetensorsHeader(file).entries.map(({ name }) => name);
  const key = inputKey ?? (names.length === 1 ? names[0] : undefined);
  if (key === undefined || !names.includes(key)) {
    const has = names.slice(0, 8).map(quote).join(", ") || "none";
    throw new UserError(`${file}: ${key === undefined ? "which tensor? --input-key names it" : `no tensor ${quote(key)}`}; it has ${has}`);
  }
  const tensor = readSafetensors(file, (name) => name === key).tensors[key];
  const data = asFloat32(tensor);
  const channels = preparation.mean.length;
  const full = tensor.shape.length === 3 ? [1, ...tensor.shape] : tensor.shape;
  if (full.length !== 4 || full[1] !== channels || data.length === 0)
    throw new UserError(`${file}: ${quote(key)} is [${tensor.shape.join(", ")}], expected [N, ${channels}, H, W]`);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new UserError(`${file}: ${quote(key)} is ${data[bad]} at element ${bad}; inputs must be finite`);
  const [count, ...shape] = full;
  const size1 = sizeOf(shape);
  return { count, shape, picture: async (i) => data.subarray(i * size1, (i + 1) * size1), metadata: { input: file } };
}

function outputsOf(network: Network, taps: readonly string[]): Record<string, Node> {
  const tapped = taps.map((path) => [path, network.layer(layerPath(network, path))] as const);
  return { ...Object.fromEntries(tapped), logits: network.logits };
}

export async function run(model: string | undefined, options: RunOptions): Promise<void> {
  if (!model && !options.weights) throw new UserError("which network? `intarsia models` lists them; with --weights it is recognised");
  const name = model ?? modelOf(options.weights ?? "");
  const entry = networkEntry(name);
  checkWritable(options.output);
  checkDistinct({ outputs: { "--output": options.output }, inputs: [options.weights, options.variants, ...inputFiles(options.input)] });
  const feed = feedOf(entry, options);
  const chosen = chooseWeights(name, entry, feed.shape, options);
  const batch = Math.min(options.batch ?? 4, feed.count);
  const outputs = outputsOf(chosen.build(input("image", [batch, ...feed.shape])), options.tap ?? []);
  if (chosen.note) console.error(`intarsia: ${chosen.note}`);
  const bar = createProgressBar(feed.count);
  try {
    await withDevice(options.adapter, async (device) => {
      const variants = variantsOf(options.variants, device);
      const program = await compile(device, { name: `run ${name}`, outputs, variants, store: await chosen.load(device) });
      const tensors = await collect(feed, batch, outputs, (images) => program.call({ image: images }), bar);
      writeSafetensors(options.output, tensors, { model: name, ...feed.metadata });
    });
  } finally {
    bar.stop();
  }
  const shapes = Object.entries(outputs).map(([key, { shape }]) => `${key} [${[feed.count, ...shape.slice(1)].join(", ")}]`);
  console.log(`${options.output}: ${shapes.join(", ")}`);
}

type Call = (images: Float32Array) => Promise<Record<string, Float32Array | Int32Array>>;

/** All pictures, batch by batch; the last picture fills up the last batch. */
async function collect(feed: Feed, batch: number, outputs: Record<string, Node>, call: Call, bar: ProgressBar): Promise<Tensors> {
  const keys = Object.keys(outputs);
  const all = new Map(keys.map((key) => [key, new Float32Array((feed.count * sizeOf(outputs[key].shape)) / batch)]));
  const size = sizeOf(feed.shape);
  const images = new Float32Array(batch * size);
  for (let at = 0; at < feed.count; at += batch) {
    bar.update(at, "");
    for (let i = 0; i < batch; i++) images.set(await feed.picture(Math.min(at + i, feed.count - 1)), i * size);
    const values = await call(images);
    const used = Math.min(batch, feed.count - at);
    for (const key of keys) {
      const each = values[key].length / batch;
      all.get(key)?.set(values[key].subarray(0, used * each), at * each);
    }
  }
  const tensor = (key: string, data: Float32Array) => ({
    shape: [feed.count, ...outputs[key].shape.slice(1)],
    dtype: "F32" as const,
    data,
  });
  return Object.fromEntries([...all].map(([key, data]) => [key, tensor(key, data)]));
}

export function runCommand(): Command {
  const command = new Command("run")
    .description("send pictures, or a tensor, through a network: scores and any layer's outputs as safetensors")
    .argument("[model]", "a name that `intarsia models` lists (default: the one that --weights fit)")
    .addOption(
      new Option("--input <files...>", "pictures, folders of them, or one safetensors file with [N, C, H, W]").makeOptionMandatory(),
    )
    .addOption(new Option("--output <file>", "the safetensors file to write").makeOptionMandatory())
    .option("--tap <paths...>", "layers whose outputs are wanted too")
    .option("--input-key <name>", "which tensor of the input file (default: the only one)");
  for (const option of [...weightsOptions(), ...pictureOptions(), batchOption(), variantsOption(), adapterOption()])
    command.addOption(option);
  return command.action(run);
}
