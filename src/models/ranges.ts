/** The ranges in which settings make sense. A setting outside is an error that names the function and the setting; NaN is outside of all. */
import { GraphError, type Node, type Value } from "../graph/index.ts";

export interface Range {
  readonly text: string;
  readonly holds: (value: number) => boolean;
}

export const FINITE: Range = { text: "a finite number", holds: Number.isFinite };
export const POSITIVE: Range = { text: "a finite number above 0", holds: (value) => value > 0 && value < Number.POSITIVE_INFINITY };
export const NOT_NEGATIVE: Range = {
  text: "a finite number of at least 0",
  holds: (value) => value >= 0 && value < Number.POSITIVE_INFINITY,
};
export const UNIT: Range = { text: "a number in [0, 1]", holds: (value) => value >= 0 && value <= 1 };
/** A share of the past: 1 would never learn. */
export const BELOW_ONE: Range = { text: "a number in [0, 1)", holds: (value) => value >= 0 && value < 1 };
export const COUNT: Range = { text: "a whole number of at least 1", holds: (value) => Number.isInteger(value) && value >= 1 };

/** `where`: the function, and the path where there is one. */
export function checkRange(where: string, range: Range, settings: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(settings))
    if (value !== undefined && !range.holds(value)) throw new GraphError(`${where}: expected ${range.text} for ${name}, got ${value}`);
}

/** The same for a setting that may be a node: f32 of one element, whose number only the device knows. */
export function checkValue(where: string, range: Range, name: string, value: Value): void {
  if (typeof value === "number") checkRange(where, range, { [name]: value });
  else if (value.dtype !== "f32" || value.shape.length > 0)
    throw new GraphError(`${where}: expected a number or an f32 node of [] for ${name}, got ${describe(value)}`);
}

export const shapeText = ({ shape }: Node): string => `[${shape.join(", ")}]`;
export const describe = (node: Node): string => `${node.dtype} ${shapeText(node)}`;
