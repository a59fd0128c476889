/** What stands behind an option on the command line: its range, and one clear line when it does not do. */

import { InvalidArgumentError } from "commander";
import { type Range, rangeProblem } from "../../studies/mil/config.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Parses a number in a range. */
export const numberIn =
  (range: Range) =>
  (text: string): number => {
    const value = NUMBER.test(text) ? Number(text) : Number.NaN;
    const problem = Number.isNaN(value) ? `must be a ${range.whole ? "whole number" : "number"}` : rangeProblem(value, range);
    if (problem) throw new InvalidArgumentError(`It ${problem}.`);
    return value;
  };

/** Parses two whole numbers, `20,50`, each in its range. */
export const pairIn =
  (first: Range, second: Range) =>
  (text: string): [number, number] => {
    const parts = text.split(",");
    if (parts.length !== 2) throw new InvalidArgumentError("It must be two numbers, such as 20,50.");
    return [numberIn(first)(parts[0]), numberIn(second)(parts[1])];
  };
