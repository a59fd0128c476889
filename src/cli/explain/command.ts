/** `intarsia explain`: why a network answers as it does, for the user's own pictures. */
import * as path from "node:path";
import { Command, Option } from "commander";
import { whole } from "../../data/settings/index.ts";
import { parseLabels, UserError } from "../../data/index.ts";
import type { Rectangle } from "../../data/index.ts";
import { faceDirectory, listImages, readFileBounded } from "../../data/node/index.ts";
import { CURVE_STEPS, explanationGraph, METHOD_NAMES, type Questions } from "../../explain/index.ts";
import { input } from "../../graph/index.ts";
import { classNamer, type Network, type NetworkName, networkEntry } from "../../networks/index.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import { batchOption, type PreparationOptions, pictureOptions, preparationOf, rectangleOf, weightsOptions } from "../networks/options.ts";
import { chooseWeights, modelOf, type WeightOptions } from "../networks/weights.ts";
import { checkDistinct, realPath } from "../shared/distinct.ts";
import { adapterOption, jsonOption } from "../shared/options.ts";
import { numberIn } from "../shared/options.ts";
import { checkWritable } from "../shared/output.ts";
import { variantsOption } from "../shared/variants-file.ts";
import { classesOf, methodsOf, targetsFor } from "./ask.ts";
import { mayBeOurs, stemsOf } from "./names.ts";
import { explainFiles, type Job } from "./run.ts";
import { helpText } from "./text.ts";

export interface ExplainCommandOptions extends WeightOptions, PreparationOptions {
  readonly model?: string;
  readonly method?: readonly string[];
  readonly allMethods?: boolean;
  readonly layer?: readonly string[];
  readonly class: string;
  readonly filter?: number;
  readonly labels?: string;
  readonly part?: Rectangle;
  readonly faces: boolean;
  readonly faithfulness: boolean;
  readonly steps: number;
  readonly batch?: number;
  readonly out: string;
  readonly json?: string;
  readonly adapter?: AdapterKind;
  readonly variants?: string;
}

const DEFAULT_MODEL: NetworkName = "face_expression";
/** The photograph that is explained when none is named. */
const SAMPLE = "sample3.jpg";
const MAX_LABELS = 2 ** 22;

function labelsFor(options: ExplainCommandOptions, published: readonly string[] | null, classes: number): readonly string[] | null {
  if (!options.labels) return published?.length === classes ? published : null;
  const labels = parseLabels(readFileBounded(options.labels, MAX_LABELS), options.labels);
  if (labels.length !== classes) throw new UserError(`${options.labels}: ${labels.length} names for ${classes} classes`);
  return labels;
}

/** A picture that was named by itself and by its folder is one picture. */
const once = (files: readonly string[]): string[] =>
  [...new Map(files.toReversed().map((file) => [path.resolve(file), file])).values()].toReversed();

/** Nothing that is read, and not the record either, may be replaced by the maps of some picture. */
function checkOutputs(files: readonly string[], { out, json, weights, labels, variants }: ExplainCommandOptions): void {
  checkWritable(path.join(out, "map.png"));
  if (json) checkWritable(json);
  const inputs = [...files, weights, labels, variants];
  checkDistinct({ outputs: { "--out": out, "--json": json }, inputs });
  const stems = stemsOf(files);
  const folder = realPath(out);
  for (const file of [...inputs, json])
    if (file && realPath(path.dirname(file)) === folder && mayBeOurs(path.basename(file), stems))
      throw new UserError(`--out ${out}: ${path.basename(file)} there might be replaced by the maps of a picture; choose another folder`);
}

/** Everything that can be wrong is found here, before a device is opened or a file is written. */
function jobOf(paths: readonly string[], options: ExplainCommandOptions): Job {
  const model = options.model ?? (options.weights ? modelOf(options.weights) : DEFAULT_MODEL);
  const entry = networkEntry(model);
  const preparation = preparationOf(entry, options);
  const shape = [preparation.mean.length, ...preparation.size] as const;
  const files = once(listImages(paths.length > 0 ? paths : [path.join(faceDirectory(), "demo", SAMPLE)]));
  if (options.part && files.length > 1) throw new UserError("--part is for one picture");
  checkOutputs(files, options);
  const loaded = chooseWeights(model, entry, shape, options);
  const network = loaded.build(input("image", [1, ...shape]));
  const labels = labelsFor(options, entry.labels, loaded.classes);
  const asked = classesOf(options.class, labels, loaded.classes);
  const questions = questionsOf(options, network, asked);
  explanationGraph(network, questions);
  const findsFaces = entry.packaged === "expression" && options.faces && !options.part;
  const { part, out, json, adapter, batch, faithfulness, steps, variants } = options;
  return {
    ...{ model, files, preparation, shape, loaded, asked, questions, findsFaces, part, out, json, adapter, batch, variants },
    className: classNamer(labels, loaded.classes),
    steps: faithfulness ? steps : 0,
  };
}

function questionsOf(options: ExplainCommandOptions, network: Network, asked: readonly number[]): Questions {
  const names = options.allMethods ? ["all"] : (options.method ?? ["grad-cam"]);
  const hasCam = network.classifier !== null && (options.layer ?? [network.features]).every((layer) => layer === network.features);
  const layers = options.layer ? [...new Set(options.layer)] : undefined;
  return { methods: methodsOf(names, { hasCam }), layers, targets: targetsFor(asked), filter: options.filter };
}

async function explain(paths: readonly string[], options: ExplainCommandOptions): Promise<void> {
  await explainFiles(jobOf(paths, options));
}

const STEPS = whole(2, 1000);
const FILTER = whole(0, 1_000_000);

export function explainCommand(): Command {
  const command = new Command("explain")
    .description("show where in a picture a network looks, and how much it depends on what is there")
    .argument("[pictures...]", "JPEG, PNG or WebP files, or folders of them (default: a sample photograph)")
    .option(
      "--model <name>",
      `a name that \`intarsia models\` lists (default: the one that --weights fit; without them ${DEFAULT_MODEL}, which brings its own)`,
    )
    .option("--method <names...>", `${METHOD_NAMES.join(", ")}, or all (default: grad-cam)`)
    .option("--all-methods", "every method, and a sheet that shows them side by side")
    .option("--layer <paths...>", "where the class activation family looks (default: the last layer with places)")
    .option(
      "--class <which>",
      "predicted, top3, a number or a name; several with commas (a name with commas may stand in quotation marks)",
      "predicted",
    )
    .addOption(
      new Option("--filter <n>", "for activation and deconvnet-guided (default: the one that does most for the class)").argParser(
        numberIn(FILTER),
      ),
    )
    .option("--labels <file>", "class names: one a line, CSV, JSON, or a Python dictionary")
    .addOption(new Option("--part <left,top,width,height>", "look at this part of the picture only").argParser(rectangleOf))
    .option("--no-faces", "face_expression: take the picture itself for a face, look for none")
    .addOption(new Option("--steps <n>", "of the deletion and insertion curves").argParser(numberIn(STEPS)).default(CURVE_STEPS))
    .option("--no-faithfulness", "leave these curves out");
  for (const option of [...weightsOptions(), ...pictureOptions(), batchOption()]) command.addOption(option);
  return command
    .option("--out <dir>", "where pictures and maps go", "explanations")
    .addOption(jsonOption())
    .addOption(variantsOption())
    .addOption(adapterOption())
    .addHelpText("after", helpText)
    .action(explain);
}
