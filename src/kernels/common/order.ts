/** Orders over a graph: inputs before users, and who uses what. */
import { type Node, sizeOf } from "../../graph/node.ts";
import { isElementwise } from "./nodes.ts";

/** Every node that `roots` need, inputs first; the order depends on the graph alone. `inputsOf` replaces a node's inputs. */
export function topological(roots: readonly Node[], inputsOf = (node: Node): readonly Node[] => node.inputs): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; inputs: readonly Node[]; next: number }[] = [];
  for (const root of roots) {
    if (seen.has(root)) continue;
    seen.add(root);
    stack.push({ node: root, inputs: inputsOf(root), next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const input = top.inputs[top.next++];
      if (input === undefined) {
        order.push(top.node);
        stack.pop();
      } else if (!seen.has(input)) {
        seen.add(input);
        stack.push({ node: input, inputs: inputsOf(input), next: 0 });
      }
    }
  }
  return order;
}

/** For each node the nodes that read it, once per use (x * x is two). */
export function usersOf(order: readonly Node[]): Map<Node, Node[]> {
  const users = new Map<Node, Node[]>();
  for (const node of order) users.set(node, []);
  for (const node of order) for (const input of node.inputs) users.get(input)?.push(node);
  return users;
}

/**
 * Nodes that end, elementwise and over one shape, in updates alone, such as Adam's moments: the updates become one kernel, in which they are
 * computed once.
 */
export function towardsUpdates(order: readonly Node[], users: ReadonlyMap<Node, readonly Node[]>, ends: ReadonlySet<Node>): Set<Node> {
  const found = new Set<Node>();
  for (const node of [...order].reverse()) {
    const next = users.get(node) ?? [];
    const isBeside = (user: Node): boolean => isElementwise(user) && sizeOf(user.shape) === sizeOf(node.shape);
    if (next.length > 0 && next.every((user) => isBeside(user) && (ends.has(user) || found.has(user)))) found.add(node);
  }
  return found;
}
