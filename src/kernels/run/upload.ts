/** What is fed to a program: checked as a whole and taken at once, so that nothing the caller does later changes it. */
import type { Node, NodeOf } from "../../graph/node.ts";
import type { Device } from "../../runtime/device.ts";
import { ProgramError } from "../common/errors.ts";
import type { ByteRange } from "./readback.ts";
import { type Resources, writeRange } from "./resources.ts";
import { checkLength, elementsOf, type Numbers, type Typed } from "./values.ts";

export type Feed = Numbers;
export type Feeds = Readonly<Record<string, Feed>>;
type Inputs = ReadonlyMap<string, NodeOf<"input">>;

/** Each input's values. */
export type Taken = ReadonlyMap<NodeOf<"input">, Typed>;

/**
 * Checks the feeds. With `copy` none of them is the caller's own array any more: the upload comes later.
 * @throws ProgramError beginning with `what` for a feed that is unknown, missing, no list of numbers, of another size, or not of the input's dtype.
 */
export function takeFeeds(what: string, inputs: Inputs, feeds: Feeds, copy: boolean): Taken {
  for (const key of Object.keys(feeds))
    if (!inputs.has(key)) throw new ProgramError(`${what} has no input "${key}"; it has ${[...inputs.keys()].join(", ") || "none"}`);
  const named = [...inputs].map(([key, node]) => [`${what}: input "${key}"`, node] as const);
  for (const [which, node] of named) {
    const feed: unknown = feeds[node.attrs.key];
    if (feed === undefined) throw new ProgramError(`${which} ${node.dtype} [${node.shape.join(", ")}] was not fed`);
    checkLength(which, feed, node.shape);
  }
  return new Map(
    named.map(([which, node]) => {
      return [node, elementsOf(which, feeds[node.attrs.key], { dtype: node.dtype, finite: true, copy })];
    }),
  );
}

export function upload(device: Device, taken: Taken, { ranges }: Resources): void {
  for (const [node, values] of taken) writeRange(device, ranges.get(node as Node) as ByteRange[], node as Node, values);
}
