/** A network from the page's own files or from one that a person gave, on the device, and its description for the page. */
import { blobSource, type TensorSource, tensorSource, UserError } from "intarsia/data";
import { input, type Node } from "intarsia/graph";
import type { Store } from "intarsia/kernels";
import type { Device } from "intarsia/runtime";
import { createMeasurer, type Measurer, METHOD_NAMES, METHODS } from "intarsia/explain";
import {
  classNamer,
  fitWeights,
  inputShape,
  likelyNetworks,
  type Loaded,
  type Network,
  type NetworkName,
  NETWORKS,
  type Preparation,
  recognisedNetworks,
} from "intarsia/networks";
import type { LayerCard, NetworkCard, NetworkChoice, Requests } from "../protocol.ts";
import { shippedTensors } from "./files.ts";
import type { Job } from "./jobs.ts";

/** A network with its weights on the device. */
export interface Ready {
  readonly card: NetworkCard;
  readonly shape: readonly [number, number, number];
  readonly preparation: Preparation;
  readonly build: (image: Node) => Network;
  readonly className: (index: number) => string;
  readonly store: Store;
  readonly measurer: Measurer;
}

const SHIPPED = "face_expression" satisfies NetworkName;

export async function openNetwork(
  device: Device,
  { file, as }: Requests["network"],
  base: string,
  { signal, progress }: Job,
): Promise<Ready | NetworkChoice> {
  progress(file ? `Reading ${file.name}` : "Loading the expression network");
  const source = file
    ? await blobSource(file.blob, file.name)
    : tensorSource(await shippedTensors(base, SHIPPED, signal), "the shipped network");
  const fits: readonly NetworkName[] = as ? [as] : file ? recognisedNetworks(source) : [SHIPPED];
  if (fits.length !== 1) return choiceOf(source, fits);
  const [name] = fits;
  const loaded = fitted(name, source, as !== null);
  const store = await loaded.load(device, (done, total) => {
    signal.throwIfAborted();
    progress("Loading weights", done / total);
  });
  return readyOf(device, name, loaded, store);
}

function choiceOf(source: TensorSource, fits: readonly NetworkName[]): NetworkChoice {
  const { where, entries } = source;
  if (entries.size === 0) throw new UserError(`${where}: holds no tensors`);
  const reason = fits.length > 0 ? `${where} may be one of several networks.` : `${where} fits none of the networks exactly.`;
  return { status: "choose", reason, names: fits.length > 0 ? fits : likelyNetworks(source).map(({ name }) => name) };
}

/** A network that the user insists on may have missing or additional keys: they are reported, not refused. */
function fitted(name: NetworkName, source: TensorSource, insisted: boolean): Loaded {
  return fitWeights(name, NETWORKS[name], inputShape(NETWORKS[name]), { nonStrict: insisted }, source);
}

/** A CPU is as fast with one picture at a time, and gives way sooner. */
const probedOn = ({ software }: Device): number => (software ? 1 : 4);

function readyOf(device: Device, name: NetworkName, loaded: Loaded, store: Store): Ready {
  const { preparation, labels, title, packaged } = NETWORKS[name];
  const shape = inputShape(NETWORKS[name]);
  const network = loaded.build(input("image", [1, ...shape]));
  const className = classNamer(labels, loaded.classes);
  const hasCam = network.classifier !== null && isSpatial(network.layer(network.features));
  const card: NetworkCard = {
    ...{ status: "loaded", name, title, note: loaded.note, features: network.features, findsFaces: packaged === "expression" },
    summary: `${loaded.classes} classes · looks at ${shape[2]} × ${shape[1]} pixels`,
    classes: Array.from({ length: loaded.classes }, (_, index) => className(index)),
    methods: METHOD_NAMES.filter((method) => method !== "cam" || hasCam).map((method) => ({ name: method, ...METHODS[method] })),
    layers: layersOf(network),
  };
  const measurer = createMeasurer(device, { build: loaded.build, store, shape, probed: probedOn(device) });
  return { card, shape, preparation, build: loaded.build, className, store, measurer };
}

const isSpatial = ({ shape }: Node): boolean => shape.length === 4 && shape[2] * shape[3] > 1;

/** In order; of each size in the picture the last of the outermost names is a main one. */
function layersOf(network: Network): LayerCard[] {
  const depth = (path: string): number => path.split(".").length;
  const mains = new Map<string, string>();
  for (const path of network.layers) {
    const node = network.layer(path);
    const size = node.shape.slice(2).join();
    const known = mains.get(size);
    if (isSpatial(node) && (known === undefined || depth(path) <= depth(known))) mains.set(size, path);
  }
  mains.set(network.layer(network.features).shape.slice(2).join(), network.features);
  const main = new Set(mains.values());
  return network.layers.map((path) => ({ path, shape: network.layer(path).shape.slice(1), main: main.has(path) }));
}
