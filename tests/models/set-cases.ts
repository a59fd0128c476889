/** Ours for the golden cases of scripts/golden/sets.py: poolings over sets, and the mutual information of instances. */
import { constant, input, type Node, type Shape } from "../../src/graph/index.ts";
import * as models from "../../src/models/index.ts";
import { createParams, nn, type Params } from "../../src/models/index.ts";
import { byPath, layer, options, type Outputs, type Runner, withGradients } from "./cases.ts";
import { fill, fillState } from "./golden.ts";

/** A pooling of instances [B, L, F] of which only the first lengths[b] are there. */
const pooling = <T>(build: (p: Params, instances: Node, mask: Node, config: T) => Outputs): Runner =>
  layer((p, x, golden) => {
    const { lengths, ...config } = options<T & { readonly lengths: readonly number[] }>(golden);
    return build(p, x, nn.lengthMask(constant(Int32Array.from(lengths)), x.shape[1]), config as T);
  }, isFelt);

/** What softmax takes a difference of has no gradient but rounding. */
const isFelt = (path: string): boolean => !path.endsWith("fc_k.bias");

interface InfoMaxConfig extends Pick<models.InfoMaxOptions, "mode" | "hidden"> {
  readonly map: Shape;
  readonly code: number;
  readonly other: readonly number[];
  readonly weight: readonly number[];
}

const mutualInformation: Runner = async (golden, engine) => {
  const { map, code, other, weight, ...rest } = options<InfoMaxConfig>(golden);
  const shapes = { map, code: [map[0], code], prior: [map[0], code] };
  const nodes = { map: input("map", map), code: input("code", shapes.code) };
  const p = createParams();
  const found = models.mutualInformation(
    p,
    {
      ...nodes,
      prior: input("prior", shapes.prior),
      other: constant(Int32Array.from(other)),
      weight: constant(Float32Array.from(weight)),
    },
    rest,
  );
  const { adversary, ...losses } = found;
  const outputs = withGradients(golden, { ...losses, ...(adversary ? { adversary } : {}) }, { ...nodes, ...byPath(p.trainable()) });
  const run = await engine.program({ outputs });
  for (const { attrs } of p.all()) engine.write(attrs.path, fillState(golden.name, attrs.path, attrs.shape));
  return run(Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, fill(`${golden.name}/${key}`, shape)])));
};

const marginLoss: Runner = async (golden, engine) => {
  const [x, t] = [input("x", [9]), input("t", [9])];
  const outputs = withGradients(golden, { y: models.marginLoss(x, t, options(golden)) }, { x });
  const run = await engine.program({ outputs });
  const values = (key: string): Float64Array => fill(`${golden.name}/${key}`, [9]);
  return run({ x: values("x").map((value) => (value + 1) / 2), t: values("t").map((value) => (value > 0 ? 1 : 0)) });
};

export const sets: Readonly<Record<string, Runner>> = {
  sumOverInstances: pooling((_, x, mask) => ({ code: models.sumOverInstances(x, mask) })),
  meanOverInstances: pooling((_, x, mask) => ({ code: models.meanOverInstances(x, mask) })),
  maxOverInstances: pooling((_, x, mask) => ({ code: models.maxOverInstances(x, mask) })),
  logSumExpOverInstances: pooling<{ r: number }>((_, x, mask, config) => ({ code: models.logSumExpOverInstances(x, mask, config) })),
  dynamicPooling: pooling<{ iterations: number }>((_, x, mask, config) => {
    const { code, weights } = models.dynamicPooling(x, mask, config);
    return { code, weights, length: models.lengthOf(code) };
  }),
  deepSets: pooling<models.DeepSetsOptions>((p, x, mask, config) => ({ code: models.deepSets(p, x, mask, config) })),
  setTransformer: pooling<models.SetTransformerOptions>((p, x, mask, config) => ({ ...models.setTransformer(p, x, mask, config) })),
  mutualInformation,
  marginLoss,
};
