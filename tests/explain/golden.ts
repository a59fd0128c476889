/** Golden values of the explanations (scripts/golden/explain.py, backbones.py): our side of them, through the study's own graph. */
import { input, type Node, type Shape } from "../../src/graph/index.ts";
import { type BackboneOptions, createParams, mnistNet, type Params, stateDict } from "../../src/models/index.ts";
import { ASKED, explanationGraph, type Method } from "../../src/explain/index.ts";
import { type Network, networkOf, tappedNetwork } from "../../src/networks/index.ts";
import { type BackboneCase, FAMILIES, fillWeight } from "../models/backbones.ts";
import { type Engine, fill, type Result } from "../models/golden.ts";

type Config = Omit<BackboneCase["config"], "family"> & { readonly family: keyof typeof FAMILIES | "mnist" };
export type ExplainCase = Omit<BackboneCase, "config"> & { readonly config: Config };

export const CLASSES = 10;
type Family = (p: Params, x: Node, options: BackboneOptions & { readonly variant: never }) => ReturnType<(typeof FAMILIES)["vgg"]>;

export function buildCase({ name, config }: ExplainCase, p: Params, image: Node): Network {
  if (config.family === "mnist") {
    const logits = mnistNet(p, image, { channels: [6, 8], features: 20 });
    return tappedNetwork(name, p, image, { logits, features: "2", classifier: null });
  }
  const model: Family = FAMILIES[config.family];
  const { variant, outputStride, head } = config;
  return networkOf(name, p, image, model(p, image, { variant, outputStride, head, classes: CLASSES, dropout: 0 }));
}

/** The maps of `methods` at the case's layer for its labels (3 i mod 10), by method. */
export async function explainCase(golden: ExplainCase, methods: readonly Method[], engine: Engine): Promise<Record<string, Result>> {
  const { name, config } = golden;
  const p = createParams();
  const network = buildCase(golden, p, input("image", config.input));
  const { outputs, entries } = explanationGraph(network, { methods, layers: [config.last] });
  const run = await engine.program({ outputs });
  for (const { path, shape, dtype } of stateDict(p)) if (dtype === "F32") engine.write(path, fillWeight(name, path, shape));
  const asked = Int32Array.from({ length: config.input[0] }, (_, i) => (3 * i) % CLASSES);
  const values = await run({ image: fill(`${name}/x`, config.input as Shape), [ASKED]: asked });
  const maps = entries.map(({ key, method }) => [method, values[`map ${key}`]]);
  return { ...Object.fromEntries(maps), ...Object.fromEntries(Object.entries(values).filter(([key]) => key.startsWith("signed"))) };
}
