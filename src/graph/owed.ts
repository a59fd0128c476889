/**
 * What the use of a node owes: a layer that trains makes nodes which are right only if the layer's state moves as well (running statistics,
 * the counter of random numbers). Kept beside the graph, by node: a program that contains such a node, and updates anything, has to update
 * that state too.
 */
import type { Node, NodeOf } from "./node.ts";

type State = Node & NodeOf<"variable">;

const owed = new WeakMap<Node, Set<State>>();

/** From now on, a program of updates that contains `node` has to update `state`. Returns the node. */
export function owe(node: Node, state: Node): Node {
  if (state.op !== "variable") throw new TypeError(`owe: expected a variable, got ${state.op}`);
  owed.set(node, (owed.get(node) ?? new Set<State>()).add(state));
  return node;
}

/** The variables that any of `nodes` owes, each once by path, and the node which owes it. */
export function owedBy(nodes: Iterable<Node>): Map<string, Node> {
  const found = new Map<string, Node>();
  for (const node of nodes) for (const { attrs } of owed.get(node) ?? []) if (!found.has(attrs.path)) found.set(attrs.path, node);
  return found;
}
