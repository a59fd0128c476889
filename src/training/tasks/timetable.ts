/** When what runs: iterations in rounds, the program of each, and each network's own steps. Pure functions of the iteration's number. */
import { epochTable } from "../position.ts";
import type { StepPart } from "./step.ts";
import { type Study, turnOf } from "./study.ts";

export interface RunLength {
  /** Batches of pass 0, 1, ... over the data. */
  readonly perEpoch: (epoch: number) => number;
  /** Passes over the data; or */
  readonly epochs?: number;
  /** steps, in rounds of `every` (default: 100). */
  readonly iterations?: number;
  readonly every?: number;
  /** Batches whose gradients make one step of the optimizer. Default: 1. */
  readonly accumulate?: number;
}

export interface Timetable {
  /** An epoch, or `every` iterations: after each it is evaluated, logged and saved. */
  readonly rounds: number;
  /** Iterations of round 0, 1, ... */
  count(round: number): number;
  /** The iteration's number over the whole run. */
  at(round: number, index: number): number;
  program(iteration: number): string;
  part(iteration: number): StepPart;
  /** The rate of each network that the iteration's program trains: of its own step 0, 1, ..., of so many. */
  rate(network: string, iteration: number): number;
}

/** `trains`: the networks that each program trains. */
export function timetable(study: Study, trains: ReadonlyMap<string, readonly string[]>, length: RunLength): Timetable {
  const { perEpoch, epochs = 0, iterations, every = 100, accumulate = 1 } = length;
  const table = epochTable(iterations === undefined ? perEpoch : () => every);
  const rounds = iterations === undefined ? epochs : Math.ceil(iterations / every);
  const total = iterations ?? table.begin(epochs);
  const end = (round: number): number => Math.min(table.begin(round + 1), total);
  const program = turnOf(study);
  const part = (iteration: number): StepPart => {
    if (accumulate === 1) return "whole";
    const { epoch: round, index } = table.placeOf(iteration);
    return (index + 1) % accumulate === 0 || iteration + 1 === end(round) ? "last" : "first";
  };
  /** By network: how many steps its optimizer has done before iteration 0, 1, ... */
  const done = new Map<string, number[]>(Object.keys(study.networks).map((name) => [name, [0]]));
  const stepsBefore = (network: string, iteration: number): number => {
    const counts = done.get(network) as number[];
    for (let i = counts.length - 1; i < iteration; i++) {
      const steps = part(i) !== "first" && trains.get(program(i))?.includes(network) ? 1 : 0;
      counts.push(counts[i] + steps);
    }
    return counts[iteration];
  };
  return {
    rounds,
    count: (round) => end(round) - table.begin(round),
    at: (round, index) => table.begin(round) + index,
    program,
    part,
    rate(network, iteration) {
      const { lr } = study.networks[network].optimizer;
      return typeof lr === "number" ? lr : lr(stepsBefore(network, iteration), stepsBefore(network, total));
    },
  };
}
