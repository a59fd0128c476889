/**
 * The text of one kernel while it is being written: its bindings, the words of its uniform, its statements.
 * Whatever may differ between calls of one structure (extents, strides, offsets, constants) goes into the uniform, so that the
 * text, and with it the compiled pipeline, serves every batch size.
 */
import { type DType, type Node, sizeOf } from "../../graph/node.ts";
import { unview } from "../common/nodes.ts";
import type { Home } from "../group/group.ts";
import { libraryFor } from "./library.ts";
import { Statements } from "./statements.ts";
import { UniformWords } from "./uniform.ts";

/** How a kernel sees one storage. */
export interface Binding {
  readonly owner: Node;
  readonly writes: boolean;
  /** Which piece of an owner that is larger than a binding may be; 0 otherwise. */
  readonly piece: number;
  readonly index: number;
}

export interface BuilderOptions {
  readonly homes: ReadonlyMap<Node, Home>;
  /** Elements per piece if the owner is split over several bindings (a power of two), or null. */
  readonly pieceOf: (owner: Node) => number | null;
  /** Pieces of the owner. */
  readonly piecesOf: (owner: Node) => number;
  /** True if the storage is bound `read` (its buffer is written by nobody in the program's pass). */
  readonly isReadOnly: (owner: Node) => boolean;
}

interface Bound {
  readonly first: number;
  readonly pieces: number;
  readonly piece: number | null;
  readonly vector: boolean;
  readonly name: string;
  writes: boolean;
  readonly dtype: DType;
}

export class KernelBuilder {
  readonly options: BuilderOptions;
  private single: ReadonlySet<Node>;
  private readonly statements = new Statements();
  private readonly words = new UniformWords();
  private readonly bound = new Map<Node, Bound>();
  private bindingCount = 0;

  /** `single`: storages that the kernel writes one element at a time. Bound as vec4, two threads could write into one vector. */
  constructor(options: BuilderOptions, single: ReadonlySet<Node> = new Set()) {
    this.options = options;
    this.single = single;
  }

  /** The kernel writes whole fours after all. Called before anything is bound. */
  writeFours(): void {
    this.single = new Set();
  }

  /** Statements of the function that is being written: see statements.ts. */
  body<T>(write: () => T): { readonly lines: string[]; readonly result: T } {
    return this.statements.body(write);
  }

  block(open: string, names: readonly string[], write: () => void): void {
    this.statements.block(open, names, write);
  }

  line(text: string): void {
    this.statements.line(text);
  }

  value(key: string, expression: () => string): string {
    return this.statements.value(key, expression);
  }

  depthOf(text: string): number {
    return this.statements.depthOf(text);
  }

  /** Words of the uniform: see uniform.ts. */
  word(value: number, key?: string): string {
    return this.words.word(value, key);
  }

  float(value: number, key: string): string {
    return this.words.float(value, key);
  }

  one(): string {
    return this.words.one();
  }

  wordsOf(values: Readonly<Record<string, number>>): Record<string, string> {
    return this.words.wordsOf(values);
  }

  table(rows: readonly (readonly number[])[]): number {
    return this.words.table(rows);
  }

  uniform(): Uint32Array {
    return this.words.padded();
  }

  /** Binds the storage of a node (once per kernel). `vector`: as vec4, which needs extents and offset divisible by 4. */
  bind(node: Node, access: { writes?: boolean; vector?: boolean } = {}): Bound {
    const { owner } = this.homeOf(node);
    const known = this.bound.get(owner);
    if (known) {
      known.writes ||= access.writes ?? false;
      return known;
    }
    const pieces = this.options.piecesOf(owner);
    const piece = this.options.pieceOf(owner);
    const vector = (access.vector ?? false) && pieces === 1 && !this.single.has(owner);
    const bound: Bound = {
      first: this.bindingCount,
      pieces,
      piece,
      vector,
      name: `buffer${this.bound.size}`,
      writes: access.writes ?? false,
      dtype: owner.dtype,
    };
    this.bindingCount += pieces;
    this.bound.set(owner, bound);
    return bound;
  }

  /** One element of a stored node, at a linear index. */
  load(node: Node, linear: string): string {
    return this.loadAt(node, this.offset(node, linear));
  }

  /** One element, at an index into its owner's storage. */
  loadAt(node: Node, at: string): string {
    const bound = this.bind(node);
    if (bound.pieces > 1) return `load_${bound.name}(${at})`;
    return bound.vector ? `${bound.name}[(${at}) >> 2u][(${at}) & 3u]` : `${bound.name}[${at}]`;
  }

  /** Four neighbours of a stored node from a linear index that is divisible by 4. */
  loadFour(node: Node, linear: string): string {
    const bound = this.bind(node, { vector: this.isAligned(node) });
    const at = this.offset(node, linear);
    if (bound.vector && this.isAligned(node)) return `${bound.name}[(${at}) >> 2u]`;
    return `vec4<${node.dtype}>(${[0, 1, 2, 3].map((k) => this.loadAt(node, `${at} + ${k}u`)).join(", ")})`;
  }

  /** The statements that store four neighbours. */
  storeFour(node: Node, linear: string, values: readonly string[]): string[] {
    const bound = this.bind(node, { writes: true, vector: this.isAligned(node) });
    const at = this.offset(node, linear);
    if (bound.vector && this.isAligned(node)) return [`${bound.name}[(${at}) >> 2u] = vec4<${node.dtype}>(${values.join(", ")});`];
    return values.map((value, k) => this.store(node, `${linear} + ${k}u`, value));
  }

  /** Can the node's elements be taken four at a time? Parts of a concatenation begin where they begin. */
  isAligned(node: Node): boolean {
    const { owner, offset } = this.homeOf(node);
    return sizeOf(owner.shape) % 4 === 0 && offset % 4 === 0;
  }

  /** The statement that stores one element. */
  store(node: Node, linear: string, value: string): string {
    const bound = this.bind(node, { writes: true });
    const at = this.offset(node, linear);
    if (bound.pieces > 1) return `store_${bound.name}(${at}, ${value});`;
    return bound.vector ? `${bound.name}[(${at}) >> 2u][(${at}) & 3u] = ${value};` : `${bound.name}[${at}] = ${value};`;
  }

  /** A linear index inside the owner's storage. Parts of a concatenation keep their offset in the uniform, 0 included. */
  offset(node: Node, linear: string): string {
    const home = this.homeOf(node);
    return home.owner === unview(node) ? linear : `${linear} + ${this.word(home.offset, `offset ${node.id}`)}`;
  }

  homeOf(node: Node): Home {
    const home = this.options.homes.get(unview(node));
    if (!home) throw new Error(`intarsia: ${node.op} ${node.name} has no memory`);
    return home;
  }

  bindings(): Binding[] {
    return [...this.bound].flatMap(([owner, bound]) =>
      Array.from({ length: bound.pieces }, (_, piece) => ({ owner, writes: bound.writes, piece, index: 1 + bound.first + piece })),
    );
  }

  /** The whole module: declarations, the library functions that `code` uses, and `code`. */
  module(code: string): string {
    const declarations = [...this.bound].flatMap(([owner, bound]) => this.declare(owner, bound));
    const size = this.uniform().length / 4;
    const head = [
      `struct Uniform { v: array<vec4<u32>, ${size}> }`,
      "@group(0) @binding(0) var<uniform> P: Uniform;",
      ...declarations,
    ].join("\n");
    return `${head}\n${libraryFor(code)}\n${code}`;
  }

  private declare(owner: Node, bound: Bound): string[] {
    const access = this.options.isReadOnly(owner) && !bound.writes ? "read" : "read_write";
    const element = bound.vector ? `vec4<${bound.dtype}>` : bound.dtype;
    const name = (piece: number): string => (bound.pieces > 1 ? `${bound.name}_${piece}` : bound.name);
    const lines = Array.from(
      { length: bound.pieces },
      (_, piece) => `@group(0) @binding(${1 + bound.first + piece}) var<storage, ${access}> ${name(piece)}: array<${element}>;`,
    );
    if (bound.piece === null || bound.pieces === 1) return lines;
    const shift = Math.log2(bound.piece);
    const at = (piece: number): string => `${name(piece)}[i & ${(bound.piece as number) - 1}u]`;
    const pieces = Array.from({ length: bound.pieces }, (_, piece) => piece);
    // All pieces are read and one is taken: with branches, an unrolled tile takes SwiftShader minutes to compile.
    const picked = pieces.slice(1).reduce((text, piece) => `select(${text}, ${at(piece)}, piece == ${piece}u)`, at(0));
    lines.push(`fn load_${bound.name}(i: u32) -> ${bound.dtype} { let piece = i >> ${shift}u; return ${picked}; }`);
    if (!bound.writes) return lines;
    const cases = pieces.map((piece) => `case ${piece}u${piece === bound.pieces - 1 ? ", default" : ""}: { ${at(piece)} = value; }`);
    lines.push(`fn store_${bound.name}(i: u32, value: ${bound.dtype}) { switch (i >> ${shift}u) { ${cases.join(" ")} } }`);
    return lines;
  }
}
