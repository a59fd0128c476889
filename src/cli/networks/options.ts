/** Options that the commands on networks share. */
import { InvalidArgumentError, Option } from "commander";
import { real, whole } from "../../data/settings/index.ts";
import { UserError } from "../../data/errors.ts";
import { type Fit, FITS, type Rectangle } from "../../data/index.ts";
import type { OutputStride } from "../../models/index.ts";
import type { NetworkEntry, Preparation } from "../../networks/index.ts";
import { numberIn } from "../shared/options.ts";

export interface PreparationOptions {
  readonly size?: number;
  readonly fit?: Fit;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

const SIDE = whole(8, 4096);
const SEED = whole(0, 2 ** 31 - 1);

export const weightsOptions = (): Option[] => [
  new Option("--weights <file>", "a safetensors file with the network's keys, or a model of TensorFlow.js (its model.json, or its folder)"),
  new Option("--random-weights <seed>", "no file: untrained weights, drawn from this seed").argParser(numberIn(SEED)),
  new Option("--non-strict", "pass over keys that the file or the network lacks"),
  new Option("--head <name>", "the form of the network's head (default: the one that the file fits)").choices(["published", "cam"]),
  new Option("--output-stride <n>", "pixels of the picture per unit of the last maps: larger maps, same weights")
    .choices(["8", "16", "32"])
    .argParser(strideOf),
];

/** Commander checks the choices of the text; what comes out is a number. */
function strideOf(text: string): OutputStride {
  const stride = [8, 16, 32].find((one) => String(one) === text);
  if (stride === undefined) throw new InvalidArgumentError("Allowed choices are 8, 16, 32.");
  return stride as OutputStride;
}

export const pictureOptions = (): Option[] => [
  new Option("--size <n>", "side of the network's input in pixels (default: the published one)").argParser(numberIn(SIDE)),
  new Option("--fit <how>", "how a picture is brought to it: its middle, all of it distorted, all of it with bars").choices(FITS),
  new Option("--mean <r,g,b>", "what is subtracted from colours of 0 to 1 (default: the network's)").argParser(colours("mean")),
  new Option("--std <r,g,b>", "what they are divided by then").argParser(colours("std")),
];

export const batchOption = (): Option => new Option("--batch <n>", "pictures at a time (default: 4)").argParser(numberIn(whole(1, 256)));

const colours =
  (what: "mean" | "std") =>
  (text: string): number[] =>
    text.split(",").map(numberIn(real(what === "std" ? 1e-6 : -256, 256)));

/** Whole numbers left,top,width,height. */
export function rectangleOf(text: string): Rectangle {
  const numbers = text.split(",").map(numberIn(whole(0, 65_535)));
  if (numbers.length !== 4) throw new InvalidArgumentError("It must be four numbers: left,top,width,height.");
  const [left, top, width, height] = numbers;
  return { left, top, width, height };
}

/** The network's preparation with what was asked for instead. */
export function preparationOf({ preparation }: NetworkEntry, { size, fit, mean, std }: PreparationOptions): Preparation {
  const channels = preparation.mean.length;
  const each = (values: readonly number[] | undefined, name: string, own: readonly number[]): readonly number[] => {
    if (!values) return own;
    if (values.length !== channels)
      throw new UserError(`--${name} needs ${channels} ${channels === 1 ? "number" : "numbers"}, got ${values.length}`);
    return values;
  };
  return {
    ...preparation,
    ...(size ? { size: [size, size] as const } : {}),
    // Another fit than the published one is sampled by area.
    ...(fit && fit !== preparation.fit ? { fit, sampling: "area" as const } : {}),
    mean: each(mean, "mean", preparation.mean),
    std: each(std, "std", preparation.std),
  };
}
