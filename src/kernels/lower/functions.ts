/** The functions that a lowering provides to its template: `load_x(i)` and the like, and `finish(i, value)`, the epilogue with its stores. */
import { type DType, type Node, sizeOf } from "../../graph/node.ts";
import type { Group } from "../group/group.ts";
import type { KernelBuilder } from "../wgsl/builder.ts";
import { atLinear, type Position } from "../wgsl/position.ts";
import type { LowerContext } from "./kernel.ts";
import { emitFours, emitStores } from "./stores.ts";

/** `fn NAME(i)`: one element of a stored node. */
export function loadFunction(builder: KernelBuilder, name: string, node: Node): string {
  const { lines, result } = builder.body(() => builder.load(node, "i"));
  return `fn ${name}(i: u32) -> ${node.dtype} { ${lines.join(" ")} return ${result}; }`;
}

/** `fn NAME(i)`: four neighbours of a stored node, from an i that is divisible by 4. */
export function loadFours(builder: KernelBuilder, name: string, node: Node): string {
  const { lines, result } = builder.body(() => builder.loadFour(node, "i"));
  return `fn ${name}(i: u32) -> vec4<${node.dtype}> { ${lines.join(" ")} return ${result}; }`;
}

/** For each name two functions: NAME, one element, and NAME4, four neighbours. With `fours` the latter decides how the storage is bound. */
export function loads({ builder }: LowerContext, nodes: Readonly<Record<string, Node>>, fours: boolean): string[] {
  return Object.entries(nodes).flatMap(([name, node]) => {
    const four = fours ? [loadFours(builder, `${name}4`, node)] : [];
    const one = loadFunction(builder, name, node);
    return [one, ...(fours ? four : [loadFours(builder, `${name}4`, node)])];
  });
}

/** A parameter of `finish`: its name and type, and the node whose value it is; null if the group does not use it. */
export interface FinishArgument {
  readonly node: Node | null;
  readonly name: string;
  readonly dtype: DType;
}

/** The result of a group's heavy op. */
const argumentsOf = ({ heavy }: Group): FinishArgument[] => (heavy ? [{ node: heavy, name: "value", dtype: heavy.dtype }] : []);

/** `fn finish(i, value)`: the epilogue of the heavy op, and the stores. */
export function finishFunction(
  context: LowerContext,
  name = "finish",
  args: readonly FinishArgument[] = argumentsOf(context.group),
): string {
  const given = new Map(args.flatMap((value) => (value.node ? [[value.node, value.name]] : [])));
  const { lines } = context.builder.body(() => emitStores(context, "i", given));
  return `fn ${name}(i: u32, ${args.map((value) => `${value.name}: ${value.dtype}`).join(", ")}) {\n${lines.join("\n")}\n}`;
}

/** `fn finish4(i, value)`: the same for four neighbours, from an i that is divisible by 4. */
export function finishFours(context: LowerContext, name = "finish4", args: readonly FinishArgument[] = argumentsOf(context.group)): string {
  const { builder, group } = context;
  const component = (value: FinishArgument) => (at: Position) => `${value.name}.${"xyzw"[at.quad?.at ?? 0]}`;
  const given = new Map(args.flatMap((value) => (value.node ? [[value.node, component(value)]] : [])));
  const size = sizeOf(group.stores[0].value.shape);
  const { lines } = builder.body(() => emitFours(context, group.stores, atLinear(builder, [size], "i"), given));
  return `fn ${name}(i: u32, ${args.map((value) => `${value.name}: vec4<${value.dtype}>`).join(", ")}) {\n${lines.join("\n")}\n}`;
}

/** `finish` and `finish4`. The one that the template calls comes first, since it decides how storages are bound. */
export function finishes(context: LowerContext, fours: boolean, args: readonly FinishArgument[] = argumentsOf(context.group)): string[] {
  if (!fours) return [finishFunction(context, "finish", args), finishFours(context, "finish4", args)];
  return [finishFours(context, "finish4", args), finishFunction(context, "finish", args)];
}
