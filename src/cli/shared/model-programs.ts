/** The programs that can be looked at by name: networks forward, their training steps, and the steps of the studies. */
import { InvalidArgumentError, Option } from "commander";
import { UserError } from "../../data/errors.ts";
import { constant, grad, input, type Node, sizeOf } from "../../graph/index.ts";
import type { Feed, ProgramSpec, Variants } from "../../kernels/index.ts";
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
import { NETWORK_NAMES } from "../../explain/index.ts";
import { presetConfig } from "../../studies/mil/config.ts";
import { trainingStep } from "../../studies/mil/step.ts";
import { asUserError } from "../../networks/fit.ts";
import { networkEntry, shapeOf } from "../networks/models.ts";
import { numberIn } from "./options.ts";

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
  readonly feeds: Readonly<Record<string, Feed>>;
}

/** Training steps that are no network's forward pass; `batch` is what they take by default. */
const STEPS = {
  lenet: { batch: 32, build: lenetStep },
  mil: { batch: 8, build: milStep },
  dcgan: { batch: 16, build: criticStep },
} as const;

type Built = Pick<ProgramSpec, "outputs" | "updates"> & { readonly title: string; readonly feeds?: Readonly<Record<string, Feed>> };

export const STEP_NAMES = Object.keys(STEPS) as (keyof typeof STEPS)[];
export const PROGRAM_NAMES = [...STEP_NAMES, ...NETWORK_NAMES];

/** The program of a name from the command line. */
export function modelProgram(name: string, options: ProgramOptions = {}, variants?: Variants): ModelProgram {
  const built = asUserError(name, () => build(name, options));
  const { title, outputs, updates, feeds } = built;
  const { budget } = options;
  const spec = { name: title, outputs, ...(updates ? { updates } : {}), ...(budget ? { budget } : {}), ...(variants ? { variants } : {}) };
  return { title, spec, feeds: { ...Object.fromEntries(inputsOf(spec).map((node) => [node.attrs.key, anyValues(node)])), ...feeds } };
}

function build(name: string, options: ProgramOptions): Built {
  if (Object.hasOwn(STEPS, name)) {
    if (options.size) throw new UserError(`${name} has pictures of one size: leave out --size`);
    const step = STEPS[name as keyof typeof STEPS];
    return step.build(options.batch ?? step.batch);
  }
  if (!(NETWORK_NAMES as string[]).includes(name)) throw new UserError(`no model "${name}"; there are ${PROGRAM_NAMES.join(", ")}`);
  return networkProgram(name, options);
}

function networkProgram(name: string, { training = false, batch = training ? 8 : 1, size }: ProgramOptions): Built {
  const entry = networkEntry(name);
  const [C, H, W] = shapeOf(entry);
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

/** The thesis' bidirectional LSTM on bags of 16 digits. */
function milStep(bags: number): Built {
  const length = 16;
  const { outputs, updates } = trainingStep(presetConfig("thesis", "single-digit", "lstm"), { bags, length, instances: bags * length });
  return {
    title: `MIL training step, ${bags} bags of ${length}`,
    ...{ outputs, updates },
    feeds: {
      index: Int32Array.from({ length: bags * length }, (_, i) => i),
      lengths: new Int32Array(bags).fill(length),
      labels: Float32Array.from({ length: bags }, (_, i) => i % 2),
      learningRate: Float32Array.of(1e-3),
    },
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
  new Option("--batch <n>", "pictures or bags at a time").argParser(numberIn({ low: 1, high: 4096, whole: true, what: "" })),
  new Option("--size <n>", "side of the network's input in pixels (default: the published one)").argParser(
    numberIn({ low: 8, high: 4096, whole: true, what: "" }),
  ),
  new Option("--budget <bytes>", "recompute values instead of keeping them until the program fits: 40M, 1.5G").argParser(bytesIn),
];

export const modelArgument = `${STEP_NAMES.join(", ")}, or a name that \`intarsia models\` lists`;
