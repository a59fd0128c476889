/** A graph as text and as DOT, so that whatever is built can be looked at. */
import type { Node } from "./node.ts";
import { shapeText } from "./ops/common/checks.ts";

/**
 * One line per node, inputs first: `%2 = mul(%0, %1) : f32[2, 3]  # layer1.0`. Numbered in order of creation. Of a longer list of numbers are
 * `shown` given; with Infinity, equal texts are equal computations.
 */
export function toText(nodes: readonly Node[], { shown = 6 }: { readonly shown?: number } = {}): string {
  const numbers = numbered(nodes);
  const line = ([node, number]: [Node, number]): string => {
    const inputs = node.inputs.map((input) => `%${numbers.get(input)}`).join(", ");
    const settings = attrsText(node, shown);
    const comment = node.name ? `  # ${node.name}` : "";
    return `%${number} = ${node.op}(${inputs})${settings && ` {${settings}}`} : ${typeText(node)}${comment}`;
  };
  return [...[...numbers].map(line), `return ${nodes.map((node) => `%${numbers.get(node)}`).join(", ")}`].join("\n");
}

/** Graphviz DOT; nodes of one path stand in one box, results are drawn bold. */
export function toDot(nodes: readonly Node[]): string {
  const numbers = numbered(nodes);
  const byPath = new Map<string, string[]>();
  const edges: string[] = [];
  for (const [node, number] of numbers) {
    const settings = attrsText(node, 6);
    const label = [node.op, ...(settings ? [settings] : []), typeText(node)].map(escape).join("\\n");
    const style = nodes.includes(node) ? ", style=bold" : "";
    const box = byPath.get(node.name) ?? [];
    byPath.set(node.name, box);
    box.push(`n${number} [label="${label}"${style}];`);
    for (const input of node.inputs) edges.push(`  n${numbers.get(input)} -> n${number};`);
  }
  const boxes = [...byPath].flatMap(([path, lines], i) =>
    path === ""
      ? lines.map((line) => `  ${line}`)
      : [`  subgraph cluster_${i} {`, `    label="${escape(path)}";`, ...lines.map((line) => `    ${line}`), "  }"],
  );
  return ["digraph {", "  node [shape=box];", ...boxes, ...edges, "}"].join("\n");
}

function numbered(nodes: readonly Node[]): Map<Node, number> {
  const seen = new Set<Node>(nodes);
  for (const node of seen) for (const input of node.inputs) seen.add(input);
  return new Map([...seen].sort((a, b) => a.id - b.id).map((node, number) => [node, number]));
}

const typeText = ({ dtype, shape }: Node): string => `${dtype}${shapeText(shape)}`;

/** Settings as `name: value`; what the type already says (shape, dtype) is left out, long lists of numbers are cut. */
function attrsText(node: Node, shown: number): string {
  return Object.entries(node.attrs)
    .filter(([name]) => name !== "shape" && name !== "dtype")
    .map(([name, value]) => `${name}: ${valueText(value, shown)}`)
    .join(", ");
}

function valueText(value: unknown, shown: number): string {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const list = Array.from(value as unknown as ArrayLike<unknown>);
    const texts = list.slice(0, shown).map((one) => valueText(one, shown));
    return `[${texts.join(", ")}${list.length > shown ? `, … ${list.length} in all` : ""}]`;
  }
  if (typeof value === "object" && value !== null)
    return Object.values(value)
      .map((one) => valueText(one, shown))
      .join(" ");
  return String(value);
}

const escape = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
