/** The 32 x 32 generator, the critic and its loss with gradient penalty against PyTorch, on the f64 reference and on the GPU. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { grad, input, sizeOf, stopGradient } from "../../src/graph/index.ts";
import {
  createParams,
  createTraining,
  dcganCritic,
  dcganGenerator,
  stateDict,
  wganGeneratorLoss,
  wganGpCriticLoss,
} from "../../src/models/index.ts";
import { compareSummaries, fillWeight, readFile, type Summary, worstText } from "./backbones.ts";
import { deviceEngine } from "./device-engine.ts";
import { fill, referenceEngine, type Engine, type Result } from "./golden.ts";

interface DcganCase {
  readonly name: string;
  readonly config: { readonly width: number; readonly input: readonly number[] };
  readonly outputs: Readonly<Record<string, Summary>>;
}
const [golden] = readFile<DcganCase>("backbones-dcgan.json").cases;

async function run(engine: Engine): Promise<Record<string, Result>> {
  const { width, input: shape } = golden.config;
  const p = createParams();
  const z = input("z", [3, 6]);
  const generator = p.at("generator").shared();
  const image = dcganGenerator(generator, z, { width });
  const fake = dcganGenerator(generator, z, { width, training: createTraining() });
  const critic = p.at("critic").shared();
  const step = wganGpCriticLoss((x) => dcganCritic(critic, x, { width }), {
    real: input("real", shape),
    fake: stopGradient(fake),
    mix: input("mix", [3, 1, 1, 1]),
  });
  // The last bias moves both scores alike; its gradient is 0.
  const weights = critic.trainable().slice(0, -1);
  const gradients = grad(step.loss, weights);
  const named = weights.map(({ attrs }, i) => [`${attrs.path.replace("critic.", "")}.grad`, gradients[i]] as const);
  const program = await engine.program({ outputs: { image, "training image": fake, ...step, ...Object.fromEntries(named) } });
  for (const name of ["generator", "critic"])
    for (const { path, shape: extents, dtype } of stateDict(p.at(name)))
      if (dtype === "F32") engine.write(path, fillWeight(`dcgan/${name}`, path.slice(name.length + 1), extents));
  return program({
    z: fill("dcgan/z", [3, 6]),
    real: fill("dcgan/real", shape),
    mix: fill("dcgan/mix", [3, 1, 1, 1]).map((value) => (value + 1) / 2),
  });
}

test("reference: DCGAN and the critic's second-order gradients", async () => {
  const worst = compareSummaries("dcgan", golden.outputs, await run(referenceEngine()));
  assert.ok(worst.error < 1e-7, worstText("dcgan", worst));
});

test("GPU: DCGAN and the critic's second-order gradients", async () => {
  const device = await openDevice();
  const engine = deviceEngine(device, "dcgan");
  const worst = compareSummaries("dcgan", golden.outputs, await run(engine));
  console.log(worstText("dcgan", worst));
  engine.close();
  device.close();
});

test("sizes at full width, and the generator's loss", () => {
  const p = createParams();
  const image = dcganGenerator(p.at("generator"), input("z", [2, 100]));
  assert.equal([...image.shape], [2, 3, 32, 32]);
  const scores = dcganCritic(p.at("critic"), image);
  assert.equal([...scores.shape], [2]);
  assert.equal([...wganGeneratorLoss(scores).shape], []);
  const count = (name: string): number =>
    p
      .at(name)
      .trainable()
      .reduce((total, { shape }) => total + sizeOf(shape), 0);
  // 4 x 4 kernels: 100, 256, 128, 64, 3 channels, and three batch norms; 3, 64, 128, 256, 1 channels with biases.
  assert.is(count("generator"), 16 * (100 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 2 * (256 + 128 + 64));
  assert.is(count("critic"), 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256) + 64 + 128 + 256 + 1);
});

test.run();
