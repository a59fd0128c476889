/** What is fed to a program: checked as a whole, then uploaded. */
import { type Node, type NodeOf, sizeOf } from "../graph/node.ts";
import type { Device } from "../runtime/device.ts";
import { ProgramError } from "./errors.ts";
import type { Range } from "./readback.ts";
import { type Resources, typed, writeRange } from "./resources.ts";

export type Feed = ArrayLike<number>;
export type Feeds = Readonly<Record<string, Feed>>;
type Inputs = ReadonlyMap<string, NodeOf<"input">>;

/** @throws ProgramError beginning with `what` for a feed that is unknown, missing, of another size, or not of the input's dtype. */
export function upload(device: Device, what: string, inputs: Inputs, feeds: Feeds, { ranges }: Resources): void {
  for (const key of Object.keys(feeds))
    if (!inputs.has(key)) throw new ProgramError(`${what} has no input "${key}"; it has ${[...inputs.keys()].join(", ") || "none"}`);
  for (const node of inputs.values()) check(what, node, feeds[node.attrs.key]);
  for (const [key, node] of inputs) writeRange(device, ranges.get(node as Node) as Range[], node as Node, typed(feeds[key], node.dtype));
}

function check(what: string, { attrs, shape, dtype }: NodeOf<"input">, feed: Feed | undefined): void {
  const which = `${what}: input "${attrs.key}"`;
  if (feed === undefined) throw new ProgramError(`${which} ${dtype} [${shape.join(", ")}] was not fed`);
  if (feed.length !== sizeOf(shape))
    throw new ProgramError(`${which} wants [${shape.join(", ")}] = ${sizeOf(shape)} values, got ${feed.length}`);
  const holds = dtype === "i32" ? (value: number) => value === (value | 0) : (value: number) => Number.isFinite(Math.fround(value));
  const wanted = dtype === "i32" ? "it takes 32-bit integers" : "inputs must be finite";
  for (let i = 0; i < feed.length; i++) if (!holds(feed[i])) throw new ProgramError(`${which} is ${feed[i]} at element ${i}; ${wanted}`);
}
