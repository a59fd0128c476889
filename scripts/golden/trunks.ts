/**
 * What TensorFlow.js makes of three photographs with the MobileNetV2 trunks of nsfwjs, and of the tiny ones of tests/networks/weights/tiny-trunk.ts
 * -> tests/golden/trunks.json.
 *
 *   npm ci --prefix bench && npm install --no-save --omit=peer nsfwjs@4.4.0
 *   node --conditions=intarsia-source --import tsx scripts/golden/trunks.ts
 *
 * The package's modules are executed here, as nsfwjs itself does. Pictures (face-api's samples) are prepared by our own `preparePicture` and given
 * as tensors, so that the comparison is of networks and not of JPEG decoders and resizing. Features are rounded to 6 decimals; they lie in 0 to 6.
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { faceDirectory, readImage, trunkDirectory, type TrunkName } from "intarsia/data/node";
import { NETWORKS, preparePicture } from "intarsia/networks";
import { type Form, TINY_LAYERS, TINY_SIZE, tinyLayer, tinyPicture, type TinyWeight } from "../../tests/networks/weights/tiny-trunk.ts";

interface Tensor {
  readonly shape: readonly number[];
  dataSync(): Float32Array;
  add(other: Tensor): Tensor;
  clipByValue(low: number, high: number): Tensor;
  transpose(axes: readonly number[]): Tensor;
  mean(axes: readonly number[]): Tensor;
}
interface Model {
  readonly inputs: readonly object[];
  getLayer(name: string): { readonly output: object };
  predict(input: Tensor): Tensor;
  execute(input: Tensor, output: string): Tensor;
}
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  tensor(data: ArrayLike<number>, shape: readonly number[]): Tensor;
  conv2d(x: Tensor, kernel: Tensor, stride: number, padding: "same"): Tensor;
  depthwiseConv2d(x: Tensor, kernel: Tensor, stride: number, padding: "same"): Tensor;
  batchNorm(x: Tensor, mean: Tensor, variance: Tensor, offset: Tensor, scale: Tensor, epsilon: number): Tensor;
  model(ends: { inputs: object; outputs: object }): Model;
  loadGraphModel(source: object): Promise<Model>;
  loadLayersModel(source: object): Promise<Model>;
}

const tf = createRequire(new URL("../../bench/package.json", import.meta.url))("@tensorflow/tfjs") as TensorFlow;
const here = createRequire(import.meta.url);
const SAMPLES = ["sample1.jpg", "sample3.jpg", "sample5.jpg"];
/** Places of the 1280 features that are stored of a tiny trunk: every twentieth. */
const EVERY = 20;

async function loadTrunk(name: TrunkName): Promise<(input: Tensor) => Tensor> {
  const file = (stem: string): string => join(trunkDirectory(name), `${stem}.min.js`);
  const model = here(file("model")) as { modelTopology: object; weightsManifest: { paths: string[]; weights: object[] }[] };
  const [{ paths, weights }] = model.weightsManifest;
  const bytes = Buffer.concat(paths.map((path) => Buffer.from(here(file(path)) as string, "base64")));
  const weightData = new Uint8Array(bytes).buffer;
  const source = { load: async () => ({ ...model, weightSpecs: weights, weightData }) };
  if (name === "mobilenet_v2_keras") {
    const whole = await tf.loadLayersModel(source);
    const trunk = tf.model({ inputs: whole.inputs, outputs: whole.getLayer("flatten_1").output });
    return (input) => trunk.predict(input);
  }
  const whole = await tf.loadGraphModel(source);
  const nodes = (model.modelTopology as { node: { name: string }[] }).node.map((node) => node.name);
  const end = nodes.find((node) => node.endsWith("/feature_vector/SpatialSqueeze")) as string;
  // The graph itself makes -1 to 1 of 0 to 1.
  return (input) => whole.execute(input, end);
}

const round = (x: number): number => Number(x.toFixed(6));

async function featuresOf(name: TrunkName, file: string): Promise<object> {
  const { preparation } = NETWORKS[name];
  const picture = await readImage(join(faceDirectory(), "demo", file));
  const { input } = preparePicture(picture, { ...preparation, mean: [0, 0, 0], std: [1, 1, 1] });
  const [height, width] = preparation.size;
  const x = tf.tensor(input, [1, 3, height, width]).transpose([0, 2, 3, 1]);
  return { file, features: Array.from((await loadTrunk(name))(x).dataSync(), round) };
}

const dequantised = ({ bytes, shape, scale, min }: TinyWeight): Tensor =>
  tf.tensor(
    Float32Array.from(bytes, (byte) => byte * scale + min),
    shape,
  );

function tinyFeatures(form: Form): number[] {
  const layer = (x: Tensor, i: number): Tensor => {
    const { part, stride } = TINY_LAYERS[i];
    const [kernel, first, second, mean, variance] = tinyLayer(form, TINY_LAYERS[i]).map(dequantised);
    const y = part === "depthwise" ? tf.depthwiseConv2d(x, kernel, stride, "same") : tf.conv2d(x, kernel, stride, "same");
    const normed = form === "graph" ? y.add(first) : tf.batchNorm(y, mean, variance, second, first, 1e-3);
    return part === "project" ? normed : normed.clipByValue(0, 6);
  };
  const chain = (x: Tensor, ...layers: readonly number[]): Tensor => layers.reduce(layer, x);
  const before = chain(tf.tensor(tinyPicture(), [1, ...TINY_SIZE, 3]), 0, 1, 2, 3, 4, 5);
  const features = chain(chain(before, 6, 7, 8).add(before), 9)
    .mean([1, 2])
    .dataSync();
  return Array.from(features.filter((_, i) => i % EVERY === 0));
}

await tf.setBackend("cpu");
const tiny = (["graph", "keras"] as const).map((form) => ({ form, features: tinyFeatures(form) }));
const trunks: object[] = [];
for (const name of ["mobilenet_v2_mid", "mobilenet_v2_keras"] as const) {
  const pictures: object[] = [];
  for (const file of SAMPLES) pictures.push(await featuresOf(name, file));
  trunks.push({ name, pictures });
  console.log(name, JSON.stringify(pictures).length, "bytes");
}
const lines = [...tiny, ...trunks].map((one) => JSON.stringify(one)).join(",\n");
writeFileSync("tests/golden/trunks.json", `{"source":"@tensorflow/tfjs 4.22.0, nsfwjs 4.4.0","every":${EVERY},"cases":[\n${lines}\n]}\n`);
