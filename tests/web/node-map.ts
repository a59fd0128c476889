/** What the page draws, computed in Node: the picture that its maps are compared with. */
import * as assert from "uvu/assert";
import type { Picture, TensorSource } from "../../src/data/index.ts";
import type { Device } from "../../src/runtime/index.ts";
import {
  createExplainer,
  CURVE_STEPS,
  type Faithfulness,
  type Method,
  METHODS,
  overlay,
  ranked,
  stretched,
} from "../../src/explain/index.ts";
import { fitWeights, type NetworkName, NETWORKS, preparePicture } from "../../src/networks/index.ts";

export interface Asked {
  readonly network: NetworkName;
  readonly weights: TensorSource;
  readonly picture: Picture;
  readonly method: Method;
  readonly layer?: string;
  readonly target?: number;
}

/** What the page should show, in Node by the library alone: the map, 800 pixels on the longer side; the picture below it; its numbers. */
export async function here(
  device: Device,
  { network: name, weights, picture, method, layer, target }: Asked,
): Promise<{ readonly plain: Picture; readonly drawn: Picture; readonly faithful: Faithfulness }> {
  const { preparation } = NETWORKS[name];
  const shape = [preparation.mean.length, ...preparation.size] as const;
  const { build, load } = fitWeights(name, NETWORKS[name], shape, {}, weights);
  const store = await load(device);
  const explainer = await createExplainer(device, { build, store, shape, methods: [method], ...(layer ? { layers: [layer] } : {}) });
  const { input, view } = preparePicture(picture, preparation);
  const [{ maps }] = await explainer.explain([input], [target ?? ranked(0)]);
  const faithful = await explainer.faithfulness(input, maps[0].heat, maps[0].class, CURVE_STEPS);
  explainer.dispose();
  store.dispose();
  const scale = 800 / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width, picture.height].map((side) => Math.round(side * scale));
  const whole = { left: 0, top: 0, width: picture.width, height: picture.height };
  const enlarged = overlay(picture, null, { view: whole, width, height });
  const moved = { left: view.left * scale, top: view.top * scale, width: view.width * scale, height: view.height * scale };
  const isLayer = METHODS[method].kind === "layer";
  const heat = isLayer ? maps[0].heat : stretched(maps[0].heat);
  const strength = isLayer ? ([0.36, 0.58] as const) : ([0.55, 0.85] as const);
  return { faithful, plain: enlarged, drawn: overlay(enlarged, heat, { view: moved, width, height, strength }) };
}

/** Levels of 255, at most and on average. */
export function distance(a: Picture, b: Picture): { readonly most: number; readonly mean: number } {
  assert.equal([a.width, a.height], [b.width, b.height]);
  let [most, sum] = [0, 0];
  for (let i = 0; i < a.data.length; i++) {
    const off = Math.abs(a.data[i] - b.data[i]);
    most = Math.max(most, off);
    sum += off;
  }
  return { most, mean: sum / a.data.length };
}
