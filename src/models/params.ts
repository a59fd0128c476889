/**
 * A parameter is named by the path at which the model asks for it. `Params` is such a path, together with the book of all variables and
 * intermediate nodes that were made under one root. Keys equal those of PyTorch's `state_dict`.
 * One book describes one graph: make new `Params` for each program; programs share values through the store, by path.
 */
import { GraphError, scope, variable, type Node, type NodeOf, type Shape, type VariableOptions } from "../graph/index.ts";

export type Variable = Node & NodeOf<"variable">;

export interface Params {
  /** Dotted, "" at the root: `layer1.0.conv2`. */
  readonly path: string;
  /** The place below: `p.at("layer1.0")` = `p.at("layer1").at("0")`. */
  at(name: string): Params;
  /** Makes the variable `<path>.<name>`. Asking twice is a GraphError, except through `shared()`: then it is the same node. */
  variable(name: string, shape: Shape, options?: VariableOptions): Variable;
  /** The same path, below which variables may exist already: for a model that is applied more than once. */
  shared(): Params;
  /** Ties `<path>.<name>` to a variable that exists: the next request for that key gets this variable, a state dict has both keys. */
  alias(name: string, target: Variable): Variable;
  /** Runs `build` with this path as the name of every node made inside. */
  scope<T>(build: () => T): T;
  /** Keeps an intermediate result under `<path>.<name>` ("" for the path itself) and returns it. Layers tap their outputs. */
  tap(name: string, node: Node): Node;
  /** The node tapped under this place's `name`; `use` counts from 0 where a shared model was applied several times. */
  tapped(name: string, use?: number): Node;
  /** The paths of all taps below this place, in order of creation. */
  taps(): readonly string[];
  /** All variables below this place, in order of creation. */
  all(): readonly Variable[];
  /** Those with the role "parameter" for which `keep(path)` holds: what to differentiate and hand to an optimizer. */
  trainable(keep?: (path: string) => boolean): readonly Variable[];
  /** Tied keys below this place: [key, the variable's own path]. */
  aliases(): readonly (readonly [key: string, path: string])[];
}

interface Book {
  readonly variables: Map<string, Variable>;
  readonly aliases: Map<string, Variable>;
  /** Keys that a layer asked for. */
  readonly claimed: Set<string>;
  readonly taps: Map<string, Node[]>;
}

/** The root of a new book. `prefix` is put before every path: `createParams({ prefix: "encoder" })`. */
export function createParams({ prefix = "" }: { readonly prefix?: string } = {}): Params {
  return place({ variables: new Map(), aliases: new Map(), claimed: new Set(), taps: new Map() }, prefix, false);
}

const join = (path: string, name: string): string => (path === "" || name === "" ? path + name : `${path}.${name}`);
const below = (path: string, key: string): boolean => path === "" || key === path || key.startsWith(`${path}.`);

function place(book: Book, path: string, sharing: boolean): Params {
  const all = (): Variable[] => [...book.variables.values()].filter((node) => below(path, node.attrs.path));
  return {
    path,
    at: (name) => (name === "" ? fail(path, "expected a name") : place(book, join(path, name), sharing)),
    variable: (name, shape, options) => request(book, join(path, name), shape, options ?? {}, sharing),
    shared: () => place(book, path, true),
    alias: (name, target) => tie(book, join(path, name), target),
    scope: (build) => scope(path, build),
    tap(name, node) {
      const key = join(path, name);
      book.taps.set(key, [...(book.taps.get(key) ?? []), node]);
      return node;
    },
    tapped: (name, use) => find(book, join(path, name), use),
    taps: () => [...book.taps.keys()].filter((key) => below(path, key)),
    all,
    trainable: (keep = () => true) => all().filter((node) => node.attrs.role === "parameter" && keep(node.attrs.path)),
    aliases: () => [...book.aliases].filter(([key]) => below(path, key)).map(([key, node]) => [key, node.attrs.path]),
  };
}

function request(book: Book, path: string, shape: Shape, options: VariableOptions, sharing: boolean): Variable {
  const known = book.aliases.get(path) ?? book.variables.get(path);
  if (book.claimed.has(path) && !sharing) fail(path, "the variable exists already; say p.shared() where a model is applied twice");
  book.claimed.add(path);
  if (!known) {
    const made = scope(path, () => variable(path, shape, options)) as Variable;
    book.variables.set(path, made);
    return made;
  }
  const { dtype = "f32" } = options;
  if (`${dtype}[${shape}]` !== `${known.dtype}[${known.shape}]`)
    fail(path, `expected a shared variable of ${dtype} [${shape.join(", ")}], found ${known.dtype} [${known.shape.join(", ")}]`);
  return known;
}

function tie(book: Book, path: string, target: Variable): Variable {
  if (book.variables.get(target.attrs.path) !== target) fail(path, `cannot be tied to ${target.attrs.path}, which is not of this model`);
  if (book.claimed.has(path) || book.aliases.has(path)) fail(path, "the variable exists already and cannot be tied to another");
  book.aliases.set(path, target);
  return target;
}

function find(book: Book, path: string, use: number | undefined): Node {
  const nodes = book.taps.get(path);
  if (!nodes) return fail(path, `nothing is tapped here; there are ${[...book.taps.keys()].join(", ") || "no taps"}`);
  if (use === undefined && nodes.length > 1) fail(path, `tapped ${nodes.length} times; say which use, 0 to ${nodes.length - 1}`);
  return nodes[use ?? 0] ?? fail(path, `tapped ${nodes.length} times, there is no use ${use}`);
}

function fail(path: string, message: string): never {
  throw new GraphError(`${path || "the root"}: ${message}`);
}
