/** The parameters of a model as named tensors, filled so that activations keep their size; and as peers keep them, batch norm folded. */
import { sizeOf } from "../src/graph/index.ts";
import type { Params } from "../src/models/index.ts";
import { DEPTHWISE, FILTER, type HostTensor, type HostTensors, type Layout, LINEAR, type Specs, type TensorSpec } from "./tensors.ts";
import type { Named } from "./workload.ts";

const EPSILON = 1e-5;

/** Every variable of f32 below `p`, by path. `layouts` names those that are not what their shape suggests. */
export function modelTensors(p: Params, layouts: Named<Layout> = {}): Specs {
  const floats = p.all().filter(({ dtype, attrs }) => dtype === "f32" && attrs.role !== "slot");
  return Object.fromEntries(
    floats.map(({ attrs: { path, shape } }) => {
      const spec = specOf(path, shape);
      return [path, layouts[path] ? { ...spec, layout: layouts[path] } : spec];
    }),
  );
}

/** He's variance for a convolution, 1 / in for a linear layer, batch norm near the identity. */
function specOf(path: string, shape: readonly number[]): TensorSpec {
  if (shape.length === 4) return { shape, scale: Math.sqrt(6 / sizeOf(shape.slice(1))), layout: FILTER };
  if (shape.length === 2) return { shape, scale: Math.sqrt(3 / shape[1]), layout: LINEAR };
  if (path.endsWith("running_var")) return { shape, offset: 1, scale: 0.2 };
  return path.endsWith("weight") ? { shape, offset: 0.8, scale: 0.2 } : { shape, scale: 0.1 };
}

/** The layouts of the weights [C, 1, 3, 3] of a model whose only one-channel filters are depthwise. */
export const depthwiseLayouts = (p: Params): Named<Layout> =>
  Object.fromEntries(
    p
      .all()
      .filter(({ shape }) => shape.length === 4 && shape[1] === 1)
      .map(({ attrs }) => [attrs.path, DEPTHWISE]),
  );

/** torchvision's names: conv2 -> bn2, and in a Sequential the next one. */
const normAfter = (path: string): string => path.replace(/conv(\d)$/, "bn$1").replace(/\.(\d+)$/, (_, index) => `.${Number(index) + 1}`);

/** Convolution and the batch norm after it as one convolution with a bias: w g / sqrt(v + eps), b - m g / sqrt(v + eps). */
export function foldBatchNorm(tensors: HostTensors): HostTensors {
  const folded: Record<string, HostTensor> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    const path = name.replace(/\.weight$/, "");
    const norm = (part: string): HostTensor | undefined => tensors[`${normAfter(path)}.${part}`];
    const [variance, average, gain, shift] = [norm("running_var"), norm("running_mean"), norm("weight"), norm("bias")];
    if (variance && average && gain && shift && tensor.shape.length === 4) {
      const factor = gain.values.map((value, k) => value / Math.sqrt(variance.values[k] + EPSILON));
      const each = sizeOf(tensor.shape.slice(1));
      folded[name] = { ...tensor, values: tensor.values.map((value, i) => value * factor[Math.floor(i / each)]) };
      folded[`${path}.bias`] = { shape: shift.shape, values: shift.values.map((value, k) => value - average.values[k] * factor[k]) };
    } else if (!isOfNorm(name, tensors)) folded[name] = tensor;
  }
  return folded;
}

const isOfNorm = (name: string, tensors: HostTensors): boolean => `${name.slice(0, name.lastIndexOf("."))}.running_var` in tensors;
