/** The values of options on the command line: parsed, checked against their interval, with one clear line for a bad one. */

import { InvalidArgumentError, Option } from "commander";
import { type Interval, intervalProblem } from "../../data/interval.ts";
import { ADAPTER_KINDS } from "../../runtime/node.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Parses a number in an interval. */
export const numberIn =
  (interval: Interval) =>
  (text: string): number => {
    const value = NUMBER.test(text) ? Number(text) : Number.NaN;
    const problem = Number.isNaN(value) ? `must be a ${interval.whole ? "whole number" : "number"}` : intervalProblem(value, interval);
    if (problem) throw new InvalidArgumentError(`It ${problem}.`);
    return value;
  };

/** Parses two whole numbers, `20,50`, each in its interval. */
export const pairIn =
  (first: Interval, second: Interval) =>
  (text: string): [number, number] => {
    const parts = text.split(",");
    if (parts.length !== 2) throw new InvalidArgumentError("It must be two numbers, such as 20,50.");
    return [numberIn(first)(parts[0]), numberIn(second)(parts[1])];
  };

export const adapterOption = (): Option => new Option("--adapter <kind>", "use only this kind of WebGPU adapter").choices(ADAPTER_KINDS);
export const jsonOption = (): Option => new Option("--json <file>", "also write the result there, as JSON");
