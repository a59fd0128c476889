/** Every backbone by name: what a command line, a page or a test chooses from. */
import type { Node } from "../../graph/index.ts";
import type { Params } from "../params.ts";
import type { Backbone, BackboneOptions } from "./backbone.ts";
import { MOBILENET_V1, mobileNetV1 } from "./mobilenet-v1.ts";
import { MOBILENET_V2, MOBILENET_V2_TRUNKS, mobileNetV2 } from "./mobilenet-v2.ts";
import { RESNET, resnet } from "./resnet.ts";
import { VGG_F, vggF } from "./vgg-f.ts";
import { VGG, vgg } from "./vgg.ts";

export interface BackboneEntry {
  readonly family: "vgg" | "resnet" | "mobilenet-v1" | "mobilenet-v2" | "mobilenet-v2-trunk" | "vgg-f";
  readonly paper: string;
  /** Whose names the parameters have. */
  readonly keys: string;
  /** Side of the published square input. */
  readonly size: number;
  /** [N, 3, H, W] -> features and logits. */
  readonly build: (p: Params, x: Node, options?: BackboneOptions) => Backbone;
}

type Family<Variant extends string> = (p: Params, x: Node, options: BackboneOptions & { readonly variant: Variant }) => Backbone;

function entries<Variant extends string>(
  table: Readonly<Record<Variant, unknown>>,
  model: Family<NoInfer<Variant>>,
  rest: Pick<BackboneEntry, "family" | "paper" | "keys">,
): Record<Variant, BackboneEntry> {
  const names = Object.keys(table) as Variant[];
  const entry = (variant: Variant): BackboneEntry => ({
    ...rest,
    size: 224,
    build: (p, x, options = {}) => model(p, x, { ...options, variant }),
  });
  return Object.fromEntries(names.map((name) => [name, entry(name)])) as Record<Variant, BackboneEntry>;
}

export const BACKBONES = {
  ...entries(VGG, vgg, { family: "vgg", paper: "arXiv:1409.1556", keys: "torchvision" }),
  ...entries(RESNET, resnet, { family: "resnet", paper: "arXiv:1512.03385", keys: "torchvision" }),
  ...entries(MOBILENET_V1, mobileNetV1, { family: "mobilenet-v1", paper: "arXiv:1704.04861", keys: "marvis/pytorch-mobilenet" }),
  ...entries(MOBILENET_V2, mobileNetV2, { family: "mobilenet-v2", paper: "arXiv:1801.04381", keys: "torchvision" }),
  ...entries(MOBILENET_V2_TRUNKS, mobileNetV2, { family: "mobilenet-v2-trunk", paper: "arXiv:1801.04381", keys: "torchvision, folded" }),
  ...entries(VGG_F, vggF, { family: "vgg-f", paper: "arXiv:1405.3531", keys: "MatConvNet" }),
};

export type BackboneName = keyof typeof BACKBONES;
