/** One step of the critic and one of the generator with each loss against PyTorch: through `stepGraph`, on the f64 reference and on the GPU. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { input, type Node } from "../../../src/graph/index.ts";
import { type Params, stateDict, type Variable } from "../../../src/models/index.ts";
import { ganConfig, type GanConfig } from "../../../src/studies/gan/config.ts";
import { ganStudy } from "../../../src/studies/gan/study.ts";
import { stepGraph, type StepGraph, type Study } from "../../../src/training/index.ts";
import { inputKeys, metricNames } from "../../../src/training/tasks/step.ts";
import { compareSummaries, fillWeight, readFile, type Summary, type Worst, worstText } from "../../models/backbones.ts";
import { deviceEngine } from "../../models/device-engine.ts";
import { type Engine, fill, referenceEngine, type Result } from "../../models/golden.ts";

interface GanCase {
  readonly name: string;
  readonly config: Pick<GanConfig, "loss" | "generatorLoss" | "width" | "noise" | "batch" | "learningRate">;
  readonly outputs: Readonly<Record<string, Summary>>;
}

const cases = readFile<GanCase>("gan.json").cases;
const SIDE = 32;

/** The study itself, with noise that is fed. */
function studyOf(golden: GanCase): Study {
  const config = { ...ganConfig("smoke", golden.config.loss), ...golden.config, dropout: 0 };
  const mixed = [config.batch, 1, 1, 1];
  return ganStudy(config, { noise: () => input("z", [config.batch, config.noise]), mix: () => input("mix", mixed) }) as Study;
}

/** As the script fills them; the kernels of WGAN's critic are small enough for its limit. */
function firstValue({ name, config }: GanCase, path: string, shape: readonly number[]): Float64Array {
  const [role, ...rest] = path.split(".");
  const values = fillWeight(`${name}/${role}`, rest.join("."), shape);
  return config.loss === "wgan" && role === "critic" && shape.length > 1 ? values.map((value) => value / 16) : values;
}

async function run(golden: GanCase, engine: Engine): Promise<Record<string, Result>> {
  const { name, config } = golden;
  const { batch: size, noise, learningRate } = config;
  const study = studyOf(golden);
  const options = { seed: 0, size, fields: { x: { shape: [1, SIDE, SIDE], dtype: "f32" } } } as const;
  const { names } = metricNames(study, options);
  const graphs = ["critic", "generator"].map((program) => stepGraph(study, program, names, options));
  const programs = [];
  for (const graph of graphs) programs.push(await engine.program(graph));
  const [{ params }] = graphs;
  for (const { path, shape, dtype } of stateDict(params)) if (dtype === "F32") engine.write(path, firstValue(golden, path, shape));
  const all = {
    x: fill(`${name}/x`, [size, 1, SIDE, SIDE]),
    mix: fill(`${name}/mix`, [size, 1, 1, 1]).map((value) => (value + 1) / 2),
    weight: [1, 1, 1],
    "learningRate critic": [learningRate],
    "learningRate generator": [learningRate],
  };
  const found: Record<string, Result> = {};
  let before: Result | null = null;
  for (const [step, role] of ["critic", "generator"].entries()) {
    const keys = inputKeys(graphs[step]);
    const feeds = { ...all, z: fill(`${name}/z${step}`, [size, noise]), step: [step] };
    const { sums, good } = await programs[step](Object.fromEntries(Object.entries(feeds).filter(([key]) => keys.has(key))));
    assert.is(good.data[0], step + 1, `${name}: the guard let the step of the ${role} pass`);
    const at = 2 * names.indexOf(`${role} loss`);
    const since = (i: number): number => sums.data[i] - (before?.data[i] ?? 0);
    found[`${role} loss`] = { shape: [1], data: [since(at) / since(at + 1)] };
    before = sums;
    await readTrained(golden, engine, { graph: graphs[step], role, found });
  }
  for (const variable of params.all())
    if (variable.attrs.path.includes("running_")) found[variable.attrs.path] = await engine.read(variable);
  return found;
}

interface Reading {
  readonly graph: StepGraph;
  readonly role: string;
  readonly found: Record<string, Result>;
}

/** The optimizer's state, which holds the gradients, and how far the parameters moved. */
async function readTrained(golden: GanCase, engine: Engine, { graph, role, found }: Reading): Promise<void> {
  const slot = golden.config.loss === "wgan" ? "square_avg" : "exp_avg";
  const weights: readonly Variable[] = (graph.params as Params).at(role).trainable();
  for (const weight of weights) {
    const { path } = weight.attrs;
    // Moves all scores of WGAN-GP's critic alike: its gradient is 0.
    if (golden.config.loss === "wgan-gp" && path === "critic.main.6.bias") continue;
    const state = graph.updates
      .map(([target]) => target)
      .find((target) => target.op === "variable" && target.attrs.path === `${path}/${slot}`);
    assert.ok(state, `${golden.name}: no ${path}/${slot}`);
    found[`${path}/${slot}`] = await engine.read(state as Node);
    const { data } = await engine.read(weight);
    const first = firstValue(golden, path, weight.shape);
    found[`${path} moved`] = { shape: weight.shape, data: first.map((value, i) => data[i] - value) };
    if (golden.config.loss === "wgan" && role === "critic")
      assert.ok(Math.max(...Array.from(data, Math.abs)) <= 0.01 + 1e-9, `${path} stays in its limits`);
  }
}

for (const golden of cases) {
  test(`reference: ${golden.name}`, async () => {
    const worst: Worst = compareSummaries(golden.name, golden.outputs, await run(golden, referenceEngine()));
    assert.ok(worst.error < 1e-6, worstText(golden.name, worst));
  });
}

test("GPU: all of them", async () => {
  const device = await openDevice();
  for (const golden of cases) {
    const engine = deviceEngine(device, golden.name);
    console.log(worstText(golden.name, compareSummaries(golden.name, golden.outputs, await run(golden, engine))));
    engine.close();
  }
  device.close();
});

test("both forms of the generator's loss are among them, and differ", () => {
  const norms = ["non-saturating", "saturating"].map((form) => {
    const found = cases.find(({ config }) => config.loss === "dcgan" && config.generatorLoss === form);
    return found?.outputs["generator.main.0.weight/exp_avg"].norm ?? 0;
  });
  assert.ok(Math.abs(norms[0] - norms[1]) > 0.01 * norms[0], norms.join(" and "));
});

test.run();
