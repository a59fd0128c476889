/** The programs that can be looked at by name: networks forward, their training steps, and the steps that studies bring. */
import { InvalidArgumentError, Option } from "commander";
import { quote, UserError } from "../../data/errors.ts";
import { whole } from "../../data/settings/index.ts";
import { knownNames } from "../../data/text/similar.ts";
import { constant, grad, input, type Node, sizeOf } from "../../graph/index.ts";
import type { Feed, Feeds, ProgramSpec, Variants } from "../../kernels/index.ts";
import {
  adam,
  type BackboneName,
  BACKBONES,
  createParams,
  createTraining,
  crossEntropy,
  dcganCritic,
  lenet,
  nn,
  pairs,
  sgd,
  wganGpCriticLoss,
} from "../../models/index.ts";
import { asUserError, NETWORK_NAMES, networkEntry, inputShape } from "../../networks/index.ts";
import { numberIn } from "../shared/options.ts";

export interface ProgramOptions {
  readonly training?: boolean;
  readonly batch?: number;
  readonly size?: number;
  /** Bytes. */
  readonly budget?: number;
}

export interface ModelProgram {
  /** "resnet50, batch 1, 224 x 224" */
  readonly title: string;
  readonly spec: ProgramSpec;
  /** Something to run it on. */
  readonly feeds: Feeds;
}

export type Built = Pick<ProgramSpec, "outputs" | "updates"> & { readonly title: string; readonly feeds?: Feeds };

/** A training step that is no network's forward pass. */
export interface NamedStep {
  /** What it takes by default. */
  readonly batch: number;
  readonly build: (batch: number) => Built;
}

/** What there is to look at: `steps` are the studies' own. */
export interface Programs {
  readonly steps: readonly string[];
  /** For help. */
  readonly argument: string;
  /** The program of a name from the command line. An unknown one, or options that do not fit: UserError. */
  find(name: string, options?: ProgramOptions, variants?: Variants): ModelProgram;
}

export function createPrograms(studies: Readonly<Record<string, NamedStep>>): Programs {
  const steps = { lenet: { batch: 32, build: lenetStep }, ...studies, dcgan: { batch: 16, build: criticStep } };
  const names = Object.keys(steps);
  return {
    steps: names,
    argument: `${names.join(", ")}, or a name that \`intarsia models\` lists`,
    find: (name, options = {}, variants) =>
      programOf(
        asUserError(name, () => build(name, steps, options)),
        options,
        variants,
      ),
  };
}

function programOf({ title, outputs, updates, feeds }: Built, { budget }: ProgramOptions, variants?: Variants): ModelProgram {
  const spec = { name: title, outputs, ...(updates ? { updates } : {}), ...(budget ? { budget } : {}), ...(variants ? { variants } : {}) };
  return { title, spec, feeds: { ...Object.fromEntries(inputsOf(spec).map((node) => [node.attrs.key, anyValues(node)])), ...feeds } };
}

function build(name: string, steps: Readonly<Record<string, NamedStep>>, options: ProgramOptions): Built {
  if (Object.hasOwn(steps, name)) {
    if (options.size) throw new UserError(`${name} has pictures of one size: leave out --size`);
    const step = steps[name];
    return step.build(options.batch ?? step.batch);
  }
  if ((NETWORK_NAMES as string[]).includes(name)) return networkProgram(name, options);
  throw new UserError(`no model ${quote(name)}${knownNames(name, [...Object.keys(steps), ...NETWORK_NAMES])}`);
}

function networkProgram(name: string, { training = false, batch = training ? 8 : 1, size }: ProgramOptions): Built {
  const entry = networkEntry(name);
  const [C, H, W] = inputShape(entry);
  const image = input("image", [batch, C, size ?? H, size ?? W]);
  const p = createParams();
  const title = `${name}${training ? " training step" : ""}, batch ${batch}, ${size ?? H} x ${size ?? W}`;
  if (!training) return { title, outputs: { logits: entry.build(p, image).logits } };
  const mode = createTraining({ seed: 1 });
  const isBackbone = Object.hasOwn(BACKBONES, name);
  const { logits } = isBackbone ? BACKBONES[name as BackboneName].build(p, image, { training: mode }) : entry.build(p, image);
  const loss = crossEntropy(logits, labelsOf(batch, entry.classes));
  const weights = p.trainable();
  const updates = sgd(pairs(weights, grad(loss, weights)), { lr: 1e-3, momentum: 0.9 });
  return { title, outputs: { loss }, updates: [...updates, ...mode.updates] };
}

/** LeNet on digits with Adam. */
function lenetStep(batch: number): Built {
  const p = createParams();
  const logits = nn.linear(p.at("digit"), lenet(p, input("pixels", [batch, 1, 28, 28])).global, { out: 10 });
  const loss = crossEntropy(logits, labelsOf(batch, 10));
  const weights = p.trainable();
  return {
    title: `LeNet training step, batch ${batch}`,
    outputs: { loss },
    updates: adam(pairs(weights, grad(loss, weights)), { lr: 1e-3 }),
  };
}

/** A WGAN critic with gradient penalty on 32 x 32 pictures. */
function criticStep(batch: number): Built {
  const p = createParams();
  const [real, fake] = ["real", "fake"].map((key) => input(key, [batch, 3, 32, 32]));
  const { loss } = wganGpCriticLoss((x) => dcganCritic(p.shared(), x), { real, fake, mix: input("mix", [batch, 1, 1, 1]), weight: 10 });
  const weights = p.trainable();
  return {
    title: `WGAN-GP critic step, batch ${batch}`,
    outputs: { loss },
    updates: adam(pairs(weights, grad(loss, weights)), { lr: 1e-4, betas: [0.5, 0.9] }),
  };
}

const labelsOf = (batch: number, classes: number): Node => constant(Int32Array.from({ length: batch }, (_, i) => i % classes));

type Input = Node & { op: "input" };

function inputsOf({ outputs, updates = [] }: ProgramSpec): Input[] {
  const seen = new Set<Node>([...Object.values(outputs), ...updates.flat()]);
  for (const node of seen) for (const from of node.inputs) seen.add(from);
  return [...seen].filter((node): node is Input => node.op === "input");
}

/** Numbers between 0 and 1, the same each time; ones where whole numbers are wanted. */
function anyValues({ shape, dtype }: Node): Feed {
  const size = sizeOf(shape);
  return dtype === "i32" ? new Int32Array(size).fill(1) : Float32Array.from({ length: size }, (_, i) => 0.5 + 0.5 * Math.sin(1.7 * i));
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/** 500000, 40M, 1.5G */
export function bytesIn(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([kmg]?)b?$/i.exec(text) ?? [];
  const bytes = number === undefined ? 0 : Math.round(Number(number) * UNITS[unit.toLowerCase()]);
  if (bytes < 1) throw new InvalidArgumentError("It must be a number of bytes, such as 40M.");
  return bytes;
}

export const programOptions = (): Option[] => [
  new Option("--training", "the training step instead of the forward pass (lenet, mil and dcgan always are)"),
  new Option("--batch <n>", "pictures or bags at a time").argParser(numberIn(whole(1, 4096))),
  new Option("--size <n>", "side of the network's input in pixels (default: the published one)").argParser(numberIn(whole(8, 4096))),
  new Option("--budget <bytes>", "recompute values instead of keeping them until the program fits: 40M, 1.5G").argParser(bytesIn),
];
