/** When what runs: iterations in rounds, the program of each, and each network's own steps. Pure functions of the iteration's number. */
import type { StepPart } from "./step.ts";
import { type Study, turnOf } from "./study.ts";

export interface RunLength {
  /** Batches of one pass over the data. */
  readonly perEpoch: number;
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
  /** The rate of each network that the iteration's program trains: of its own step 0, 1, ... */
  rate(network: string, iteration: number): number;
}

/** `trains`: the networks that each program trains. */
export function timetable(study: Study, trains: ReadonlyMap<string, readonly string[]>, length: RunLength): Timetable {
  const { perEpoch, accumulate = 1 } = length;
  const perRound = length.iterations === undefined ? perEpoch : (length.every ?? 100);
  const total = length.iterations ?? (length.epochs as number) * perEpoch;
  const program = turnOf(study);
  const lastOfRound = (iteration: number): boolean => (iteration + 1) % perRound === 0 || iteration + 1 === total;
  const part = (iteration: number): StepPart => {
    if (accumulate === 1) return "whole";
    return ((iteration % perRound) + 1) % accumulate === 0 || lastOfRound(iteration) ? "last" : "first";
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
    rounds: Math.ceil(total / perRound),
    count: (round) => Math.min(perRound, total - round * perRound),
    at: (round, index) => round * perRound + index,
    program,
    part,
    rate(network, iteration) {
      const { lr } = study.networks[network].optimizer;
      return typeof lr === "number" ? lr : lr(stepsBefore(network, iteration));
    },
  };
}
