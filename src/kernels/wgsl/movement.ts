/** Where a movement op reads its input: positions of the input out of positions of the output, with runs of untouched axes kept whole. */
import type { NodeOf, Shape } from "../../graph/node.ts";
import type { KernelBuilder } from "./builder.ts";
import { atCoordinates, mergeAxes, type Position, quadOf, viewed } from "./position.ts";

type Moved = NodeOf<"transpose"> | NodeOf<"broadcast"> | NodeOf<"slice"> | NodeOf<"reverse">;

/** A run of neighbouring axes of the output, which a movement op treats as one. */
interface Run {
  /** Extents of the run in the output and in the input. */
  readonly out: number;
  readonly in: number;
  /** Place among the input's runs. */
  readonly place: number;
  /** The input's coordinate, given the output's. */
  readonly turn: (coordinate: string) => string;
  /** Does a coordinate that is divisible by 4 stay so, and its neighbours with it? */
  readonly keepsFours: boolean;
}

/** The element of the input that `node` shows at `position`. */
export function movedPosition(builder: KernelBuilder, node: Moved, position: Position): Position {
  return throughRuns(builder, position, runsOf(builder, node), node.inputs[0].shape, `${node.id}`);
}

/** Inner sizes at which the output's axes have to stay apart for the op to read its input without divisions. */
export function cutsOf(node: Moved): number[] {
  let inner = node.shape.reduce((product, extent) => product * extent, 1);
  return runsOf(null, node).map((run) => {
    inner /= run.out;
    return inner;
  });
}

function throughRuns(builder: KernelBuilder, position: Position, runs: readonly Run[], shape: Shape, tag: string): Position {
  const out = runs.map((run) => run.out);
  const places = runs.map((run) => run.place);
  const input = [...runs].sort((a, b) => a.place - b.place);
  const extents = input.map((run) => run.in);
  const make = (from: Position): Position => {
    const seen = viewed(builder, from, out);
    const coordinate = (place: number): string => input[place].turn(seen.coordinate(places.indexOf(place)));
    return atCoordinates(builder, extents, coordinate, `${from.key}>${tag}`, tag);
  };
  const last = runs[runs.length - 1];
  const own = make(position);
  const { quad } = position;
  const kept = quad && last?.keepsFours && last.place === runs.length - 1 && last.out % 4 === 0 && last.in % 4 === 0;
  const found = kept ? quadOf(builder, quad.at === 0 ? own : make(quad.first), quad.at, own) : own;
  return viewed(builder, found, shape);
}

const plain = (coordinate: string): string => coordinate;

function runsOf(builder: KernelBuilder | null, node: Moved): Run[] {
  switch (node.op) {
    case "broadcast":
      return broadcastRuns(node);
    case "transpose":
      return transposeRuns(node);
    default:
      return stepRuns(builder, node);
  }
}

function broadcastRuns(node: NodeOf<"broadcast">): Run[] {
  const [x] = node.inputs;
  const lead = node.shape.length - x.shape.length;
  const axes = [...node.shape.keys()].filter((axis) => node.shape[axis] > 1);
  const kept = axes.map((axis) => axis >= lead && x.shape[axis - lead] > 1);
  const extents = mergeAxes(
    axes.map((axis) => node.shape[axis]),
    (i) => kept[i] === kept[i - 1],
  );
  const first = kept[0] ?? true;
  return extents.map((extent, place) => {
    const own = (place % 2 === 0) === first;
    return { out: extent, in: own ? extent : 1, place, turn: plain, keepsFours: own };
  });
}

function transposeRuns(node: NodeOf<"transpose">): Run[] {
  const from = node.attrs.perm.filter((axis) => node.inputs[0].shape[axis] > 1);
  const sorted = [...from].sort((a, b) => a - b);
  const rank = from.map((axis) => sorted.indexOf(axis));
  const extents = mergeAxes(
    from.map((axis) => node.inputs[0].shape[axis]),
    (i) => rank[i] === rank[i - 1] + 1,
  );
  const starts = rank.filter((value, i) => i === 0 || value !== rank[i - 1] + 1);
  const order = [...starts].sort((a, b) => a - b);
  return extents.map((extent, i) => ({ out: extent, in: extent, place: order.indexOf(starts[i]), turn: plain, keepsFours: true }));
}

function stepRuns(builder: KernelBuilder | null, node: NodeOf<"slice"> | NodeOf<"reverse">): Run[] {
  const [x] = node.inputs;
  const touched = (axis: number): boolean =>
    node.op === "slice"
      ? node.attrs.start[axis] !== 0 || node.attrs.step[axis] !== 1 || node.shape[axis] !== x.shape[axis]
      : node.attrs.axes.includes(axis) && x.shape[axis] > 1;
  const runs: Run[] = [];
  for (const [axis, extent] of node.shape.entries()) {
    const place = runs.length;
    if (touched(axis)) runs.push(touchedRun(builder, node, axis, place));
    else if (place > 0 && !touched(axis - 1)) {
      const before = runs[place - 1];
      runs[place - 1] = { ...before, out: before.out * extent, in: before.in * extent };
    } else runs.push({ out: extent, in: extent, place, turn: plain, keepsFours: true });
  }
  return runs;
}

function touchedRun(builder: KernelBuilder | null, node: NodeOf<"slice"> | NodeOf<"reverse">, axis: number, place: number): Run {
  const [out, extent] = [node.shape[axis], node.inputs[0].shape[axis]];
  const word = (value: number, what: string): string => (builder as KernelBuilder).word(value, `${node.id} ${what} ${axis}`);
  if (node.op === "reverse")
    return { out, in: extent, place, turn: (name) => `(${word(extent - 1, "last")} - ${name})`, keepsFours: false };
  const [start, step] = [node.attrs.start[axis], node.attrs.step[axis]];
  const turn = (name: string): string => {
    const scaled = step === 1 || out === 1 ? name : `${name} * ${word(step, "step")}`;
    return start === 0 && name !== "0u" ? scaled : `(${scaled} + ${word(start, "start")})`;
  };
  return { out, in: extent, place, turn, keepsFours: step === 1 && start % 4 === 0 };
}
