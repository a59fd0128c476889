/**
 * Concatenations that share parts: the states of a recurrence are stacked for its output and, without the last, for its weights' gradient.
 * Where the parts of one are a run of another's, it becomes a slice of that, and nothing is stored twice.
 */
import { reshape, sliceAxis } from "../../graph/index.ts";
import { type Node, type NodeOf, remake, sizeOf } from "../../graph/node.ts";
import { topological } from "../common/order.ts";

type Concat = Node & NodeOf<"concat">;

/** A part's place: in which concatenation, and from which element on. */
interface Place {
  readonly whole: Concat;
  readonly offset: number;
}

/** The roots with every such concatenation replaced. */
export function shareRuns(roots: readonly Node[]): readonly Node[] {
  const concats = topological(roots).filter((node): node is Concat => node.op === "concat" && isContiguous(node));
  if (concats.length < 2) return roots;
  const places = new Map<Node, Place>();
  const replaced = new Map<Node, Node>();
  const inputsOf = (node: Node): readonly Node[] => node.inputs.map((input) => replaced.get(input) ?? input);
  for (const concat of [...concats].sort((a, b) => b.inputs.length - a.inputs.length || a.id - b.id)) {
    const place = placeOf(concat, places);
    // What the whole itself is made from cannot be a slice of it.
    if (place && !topological([place.whole], inputsOf).includes(concat)) replaced.set(concat, cut(concat, place));
    else addPlaces(concat, places);
  }
  if (replaced.size === 0) return roots;
  const done = new Map<Node, Node>();
  for (const node of topological(
    roots.map((root) => replaced.get(root) ?? root),
    inputsOf,
  )) {
    const inputs = inputsOf(node).map((input) => done.get(input) as Node);
    done.set(node, inputs.every((input, i) => input === node.inputs[i]) ? node : remake(node, { inputs }));
  }
  return roots.map((root) => done.get(replaced.get(root) ?? root) as Node);
}

const isContiguous = ({ shape, attrs: { axis } }: Concat): boolean => sizeOf(shape.slice(0, axis)) === 1;

/** What a part is a view of. */
function base(part: Node): Node {
  let at = part;
  while (at.op === "reshape") at = at.inputs[0];
  return at;
}

function addPlaces(whole: Concat, places: Map<Node, Place>): void {
  let offset = 0;
  for (const part of whole.inputs) {
    const at = base(part);
    if (!places.has(at)) places.set(at, { whole, offset });
    offset += sizeOf(part.shape);
  }
}

/** Where a whole has all the parts one behind the other, in rows of its own; or null. */
function placeOf(concat: Concat, places: ReadonlyMap<Node, Place>): Place | null {
  const first = places.get(base(concat.inputs[0]));
  if (!first) return null;
  let offset = first.offset;
  for (const part of concat.inputs) {
    const place = places.get(base(part));
    if (place?.whole !== first.whole || place.offset !== offset) return null;
    offset += sizeOf(part.shape);
  }
  const row = rowOf(first.whole);
  return first.offset % row === 0 && offset % row === 0 ? first : null;
}

/** Elements of one step along the axis. */
const rowOf = ({ shape, attrs: { axis } }: Concat): number => sizeOf(shape.slice(axis + 1));

function cut(concat: Concat, { whole, offset }: Place): Node {
  const row = rowOf(whole);
  const from = offset / row;
  return reshape(sliceAxis(whole, whole.attrs.axis, from, from + sizeOf(concat.shape) / row), concat.shape);
}
