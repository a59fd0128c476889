/** `intarsia models`: what there is to run and to explain, and the layers of one network. */
import { Command } from "commander";
import { input } from "../../graph/index.ts";
import { createParams, flopCount, parameterCount, receptiveField } from "../../models/index.ts";
import {
  classNamer,
  type Network,
  networkEntry,
  NETWORK_NAMES,
  type NetworkEntry,
  type NetworkName,
  NETWORKS,
  inputShape,
} from "../../networks/index.ts";
import { textTable } from "../shared/text-table.ts";

interface ModelRow {
  readonly name: string;
  readonly parameters: number;
  /** Of one picture, two for each multiply-add. */
  readonly flops: number;
  /** [C, H, W] */
  readonly input: readonly number[];
  readonly classes: number;
  readonly keys: string;
  readonly weights: string;
  readonly paper: string;
}

function built(entry: NetworkEntry) {
  const p = createParams();
  return { p, network: entry.build(p, input("image", [1, ...inputShape(entry)])) };
}

function rowOf(name: NetworkName): ModelRow {
  const entry = NETWORKS[name];
  const { p, network } = built(entry);
  const { classes, keys, weights, paper } = entry;
  return { name, parameters: parameterCount(p), flops: flopCount(network.logits), input: inputShape(entry), classes, keys, weights, paper };
}

interface LayerRow {
  readonly layer: string;
  /** Of one picture. */
  readonly shape: readonly number[];
  /** Pixels of the input that one unit sees, and their distance from unit to unit; null where units have no place of their own. */
  readonly field: { readonly size: readonly number[]; readonly stride: readonly number[] } | null;
}

function layersOf(network: Network): LayerRow[] {
  return network.layers.map((layer) => {
    const node = network.layer(layer);
    const [, ...shape] = node.shape;
    if (shape.length !== 3) return { layer, shape, field: null };
    const { size, stride } = receptiveField(node, network.image);
    return { layer, shape, field: { size, stride } };
  });
}

const millions = (value: number): string => `${(value / 1e6).toFixed(value < 1e7 ? 2 : 1)} M`;
const billions = (value: number): string => (value < 1e9 ? millions(value) : `${(value / 1e9).toFixed(2)} G`);

function listText(rows: readonly ModelRow[]): string {
  const cells = rows.map(({ name, parameters, flops, input: shape, classes, keys }) => [
    ...[name, millions(parameters), billions(flops), shape.join(" x "), String(classes), keys],
  ]);
  const sources = new Map<string, string[]>();
  for (const { name, weights } of rows) sources.set(weights, [...(sources.get(weights) ?? []), name]);
  return [
    textTable([["model", "parameters", "FLOPs", "input", "classes", "keys"], ...cells], [1, 2, 3, 4]),
    "",
    "Where weights come from (docs/weights.md has the script):",
    ...[...sources].map(([source, names]) => `  ${names.join(", ")}: ${source}`),
    "",
    "`intarsia models NAME` lists a network's layers. FLOPs: of one picture, two for each multiply-add.",
  ].join("\n");
}

function detailText(row: ModelRow, entry: NetworkEntry, layers: readonly LayerRow[], features: string): string {
  const { preparation } = entry;
  const name = classNamer(entry.labels, entry.classes);
  const cells = layers.map(({ layer, shape, field }) => [
    layer + (layer === features ? " *" : ""),
    shape.join(" x "),
    field ? field.size.join(" x ") : "all",
    field && field.stride[0] > 0 ? field.stride.join(" x ") : "",
  ]);
  return [
    `${row.name}: ${millions(row.parameters)} parameters, ${billions(row.flops)} FLOPs, ${row.paper}`,
    `Input ${row.input.join(" x ")}: (colour / 255 - [${rounded(preparation.mean)}]) / [${rounded(preparation.std)}]`,
    `${row.classes} classes: ${name(0)}, ${name(1)}, ... ${name(row.classes - 1)}`,
    `Weights: ${row.weights}; keys of ${row.keys}`,
    "",
    textTable([["layer", "output", "receptive field", "stride"], ...cells], []),
    "",
    "* where the class activation family looks unless --layer says otherwise",
  ].join("\n");
}

const rounded = (values: readonly number[]): string => values.map((value) => Number(value.toFixed(4))).join(", ");

export function models(name: string | undefined, { json = false }: { readonly json?: boolean }): void {
  if (name === undefined) {
    const rows = NETWORK_NAMES.map(rowOf);
    console.log(json ? JSON.stringify(rows, null, 2) : listText(rows));
    return;
  }
  const entry = networkEntry(name);
  const row = rowOf(name as NetworkName);
  const { network } = built(entry);
  const layers = layersOf(network);
  const { preparation, labels } = entry;
  const detail = { ...row, preparation, labels, features: network.features, layers };
  console.log(json ? JSON.stringify(detail, null, 2) : detailText(row, entry, layers, network.features));
}

export function modelsCommand(): Command {
  return new Command("models")
    .description("list the networks that can be run and explained, or the layers of one")
    .argument("[name]", "a network: its layers, their shapes and receptive fields")
    .option("--json", "print JSON instead of text")
    .action(models);
}
