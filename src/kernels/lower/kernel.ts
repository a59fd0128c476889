/** What every lowering gives: one kernel, ready to be compiled and bound. */
import { type Node, sizeOf } from "../../graph/node.ts";
import type { Choose } from "../common/variants.ts";
import type { Group, Home } from "../group/group.ts";
import { type Binding, type BuilderOptions, KernelBuilder } from "../wgsl/builder.ts";

export interface Kernel {
  readonly group: Group;
  /** For people and error messages: op and path. */
  readonly label: string;
  readonly code: string;
  readonly uniform: Uint32Array;
  readonly bindings: readonly Binding[];
  readonly workgroups: number;
  readonly variant: string;
  /** Floating point operations, for reports. */
  readonly flops: number;
  /** Set where it runs for the second time, since what it wrote first was not kept (memory/replay.ts). */
  readonly recomputes?: boolean;
}

/** What a lowering may know about the device. */
export interface Target {
  readonly software: boolean;
  readonly nestsLoops: boolean; // see Device
  readonly maxInvocations: number;
  readonly maxWorkgroupStorage: number;
  /** Between forms of one kernel: a measured one, or the first. */
  readonly choose: Choose;
}

export interface LowerContext {
  readonly builder: KernelBuilder;
  readonly group: Group;
  readonly target: Target;
  readonly isStored: (node: Node) => boolean;
}

export const contextOf = (group: Group, options: BuilderOptions, target: Target): LowerContext => {
  const own = new Set(group.stores.filter((store) => store.value === store.into).map((store) => store.into));
  const homes = group.stores.map(({ into }) => options.homes.get(into) as Home);
  const whole = group.kind === "elementwise" && homes.every(({ owner, offset }) => offset % 4 === 0 && sizeOf(owner.shape) % 4 === 0);
  const single = new Set(whole ? [] : homes.map(({ owner }) => owner));
  return { builder: new KernelBuilder(options, single), group, target, isStored: (node) => options.homes.has(node) && !own.has(node) };
};

/** The kernel whose text is `code` with the declarations that it needs. */
export function finishKernel(context: LowerContext, parts: { code: string; workgroups: number; variant: string; flops: number }): Kernel {
  const { builder, group } = context;
  return {
    group,
    label: labelOf(group),
    code: builder.module(parts.code),
    uniform: builder.uniform(),
    bindings: builder.bindings(),
    workgroups: parts.workgroups,
    variant: parts.variant,
    flops: parts.flops,
  };
}

/** `conv2d at layer1.0.conv1`, `elementwise relu+mul`, `update of weight and 2 more`. */
function labelOf({ kind, heavy, stores }: Group): string {
  const [{ into, value }] = stores;
  if (kind === "elementwise" && into.op === "variable")
    return `update of ${into.attrs.path}${stores.length > 1 ? ` and ${stores.length - 1} more` : ""}`;
  const ops = [...new Set(stores.map((store) => store.value.op))];
  const what = kind === "elementwise" ? `elementwise ${ops.slice(0, 3).join("+")}` : kind;
  const path = heavy?.name || value.name;
  return path ? `${what} at ${path}` : what;
}
