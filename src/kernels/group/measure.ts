/** What it takes to compute a value inside a kernel instead of loading it. */
import type { Node } from "../../graph/node.ts";
import { costOf, isInline, unview } from "../common/nodes.ts";

export interface BindingLimits {
  readonly maxBindings: number;
  /** How many bindings a stored node takes (more than one if it is larger than a binding may be). */
  readonly bindingsOf: (node: Node) => number;
}

/** What computing a node inline takes, given what is stored so far: its cost, the length of its text, and the stored nodes that it loads. */
export class Measure {
  private readonly costs = new Map<Node, number>();
  private readonly lengths = new Map<Node, number>();
  private readonly leafSets = new Map<Node, ReadonlySet<Node>>();
  readonly maxBindings: number;
  private readonly stored: ReadonlyMap<Node, string>;
  private readonly options: BindingLimits;
  private readonly mark: (node: Node, reason: string) => void;

  constructor(stored: ReadonlyMap<Node, string>, options: BindingLimits, mark: (node: Node, reason: string) => void) {
    this.stored = stored;
    this.options = options;
    this.maxBindings = options.maxBindings;
    this.mark = mark;
  }

  store(node: Node, reason: string): void {
    this.mark(node, reason);
    this.leafSets.clear();
    this.costs.clear();
    this.lengths.clear();
  }

  isStored(node: Node): boolean {
    return this.stored.has(unview(node));
  }

  cost(node: Node): number {
    if (this.isStored(node) || !isInline(node)) return 0;
    const known = this.costs.get(node);
    if (known !== undefined) return known;
    const own = costOf(node);
    const total = Math.min(
      1e6,
      node.inputs.reduce((sum, input) => sum + this.cost(input), own),
    );
    this.costs.set(node, total);
    return total;
  }

  /** Ops of the node's expression, those that occur twice counted twice. */
  length(node: Node): number {
    if (this.isStored(node) || !isInline(node)) return 0;
    const known = this.lengths.get(node);
    if (known !== undefined) return known;
    const total = node.inputs.reduce((sum, input) => Math.min(1e6, sum + this.length(input)), 1);
    this.lengths.set(node, total);
    return total;
  }

  /** Stored nodes that computing `node` loads. */
  leaves(node: Node): ReadonlySet<Node> {
    const at = unview(node);
    if (this.stored.has(at) || !isInline(at)) return new Set([at]);
    const known = this.leafSets.get(at);
    if (known) return known;
    const set = new Set<Node>();
    for (const input of at.inputs) for (const leaf of this.leaves(input)) set.add(leaf);
    this.leafSets.set(at, set);
    return set;
  }

  /** Can one kernel load all that `operands` need and write `node`? */
  fits(node: Node, operands: readonly Node[]): boolean {
    return this.bindings(operands) + this.options.bindingsOf(node) <= this.maxBindings;
  }

  /** Stores the widest operands until `fits`, or until there is nothing left to store. */
  fit(node: Node, operands: readonly Node[]): void {
    while (!this.fits(node, operands)) {
      let widest: Node | null = null;
      let most = 0;
      for (const input of operands) {
        if (this.isStored(input) || !isInline(unview(input))) continue;
        const gain = this.bindings([input]) - this.options.bindingsOf(input);
        if (gain > most) [widest, most] = [input, gain];
      }
      if (!widest) return;
      this.store(widest, `more than ${this.maxBindings} bindings`);
    }
  }

  private bindings(operands: readonly Node[]): number {
    const leaves = new Set(operands.flatMap((operand) => [...this.leaves(operand)]));
    let count = 0;
    for (const leaf of leaves) count += this.options.bindingsOf(leaf);
    return count;
  }
}
