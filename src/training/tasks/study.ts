/**
 * What is trained: networks, each with its own optimizer, and the programs that train them. A classifier is one network and one program; a
 * GAN two of each. Nothing here touches a device.
 */
import type { Node, Update } from "../../graph/index.ts";
import type { Optimizer, Params, Training } from "../../models/index.ts";

/** A part of a network's parameters with settings of its own. */
export interface ParameterGroup {
  /** By path, below the network's own: /bias$/ for every bias. */
  readonly match: RegExp;
  /** Times the network's learning rate; 0: frozen. Default: 1. */
  readonly rate?: number;
  /** Instead of the optimizer's. */
  readonly weightDecay?: number;
}

export interface NetworkSpec {
  readonly optimizer: Optimizer;
  /** Of its gradients: `norm` of all of them together (clip_grad_norm_), `value` of each element (clip_grad_value_). */
  readonly clip?: { readonly norm?: number; readonly value?: number };
  /** A parameter belongs to the first that matches it. */
  readonly groups?: readonly ParameterGroup[];
  /** Share of the past, such as 0.999, in a moving average of the parameters, with which is evaluated and predicted. */
  readonly ema?: number;
  /** Every parameter stays in [-limit, limit]: the critic of a Wasserstein GAN (arXiv:1701.07875). */
  readonly limit?: number;
  /** What stands before the names of its parameters. Default: its own name; "" for nothing. */
  readonly prefix?: string;
}

/** What a program is built of. */
export interface Pass<N extends string = string> {
  /** Where each network makes its parameters. */
  readonly networks: Readonly<Record<N, Params>>;
  /** The fields of a batch, [N, ...]. Of bags, the instances [T, ...], `index` i32 [N, L] and `lengths` i32 [N] (loader/bags.ts). */
  readonly batch: Readonly<Record<string, Node>>;
  /** N */
  readonly size: number;
  readonly training: Training;
}

export interface Losses<N extends string = string> {
  /** What each network's optimizer makes smaller: one number per sample [N], of which the mean counts, or one for all []. */
  readonly minimise: Readonly<Partial<Record<N, Node>>>;
  /** Followed in the log; [N] or []. */
  readonly metrics?: Readonly<Record<string, Node>>;
  /** Beside the optimizers' and the training's own. */
  readonly updates?: readonly Update[];
}

export interface Study<N extends string = string, P extends string = string> {
  readonly networks: Readonly<Record<N, NetworkSpec>>;
  /** Called once for each shape of a batch, with new `Params` each time. */
  readonly programs: Readonly<Record<P, (pass: Pass<N>) => Losses<N>>>;
  /** Which program iteration 0, 1, ... runs: a function of its number alone. Default: one after the other. */
  readonly turn?: (iteration: number) => P;
}

type Turn = (iteration: number) => string;

/** `{ critic: 5, generator: 1 }`: five steps of the critic, one of the generator, and again. */
export function inTurn<P extends string>(counts: Readonly<Record<P, number>>): (iteration: number) => P {
  const names = Object.keys(counts) as P[];
  const order = names.flatMap((name) => Array<P>(counts[name]).fill(name));
  if (order.length === 0 || names.some((name) => !Number.isInteger(counts[name]) || counts[name] < 1))
    throw new RangeError(`inTurn: expected whole numbers of at least 1, got ${JSON.stringify(counts)}`);
  return (iteration) => order[iteration % order.length];
}

export const turnOf = ({ programs, turn }: Study): Turn => {
  const names = Object.keys(programs);
  return turn ?? ((iteration) => names[iteration % names.length]);
};
