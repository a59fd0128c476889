/**
 * The text of one kernel while it is being written: its bindings, the words of its uniform, its statements.
 * Whatever may differ between calls of one structure (extents, strides, offsets, constants) goes into the uniform, so that the
 * text, and with it the compiled pipeline, serves every batch size.
 */
import { type DType, type Node, sizeOf } from "../../graph/node.ts";
import { unview } from "../group/fuse.ts";
import type { Home } from "../group/group.ts";
import { libraryFor } from "./library.ts";

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

interface Scope {
  readonly lines: string[];
  /** Keys and texts of values -> names. */
  readonly memo: Map<string, string>;
  readonly names: Set<string>;
}

const scopeWith = (names: readonly string[]): Scope => ({ lines: [], memo: new Map(), names: new Set(names) });

export class KernelBuilder {
  readonly options: BuilderOptions;
  private single: ReadonlySet<Node>;
  private readonly words: number[] = [];
  private readonly bound = new Map<Node, Bound>();
  private bindingCount = 0;
  private names = 0;
  /** From the function's body inwards. */
  private scopes: Scope[] = [scopeWith([])];
  private readonly keyed = new Map<string, string>();

  /** `single`: storages that the kernel writes one element at a time. Bound as vec4, two threads could write into one vector. */
  constructor(options: BuilderOptions, single: ReadonlySet<Node> = new Set()) {
    this.options = options;
    this.single = single;
  }

  /** The kernel writes whole fours after all. Called before anything is bound. */
  writeFours(): void {
    this.single = new Set();
  }

  /** Begins a new list of statements (a function's body); returns what `write` produced and its statements. */
  body<T>(write: () => T): { readonly lines: string[]; readonly result: T } {
    const outer = this.scopes;
    this.scopes = [scopeWith([])];
    const result = write();
    const { lines } = this.scopes[0];
    this.scopes = outer;
    return { lines, result };
  }

  /** A nested block, such as a loop over the variables `names`. Values that do not depend on what is named inside are computed before it. */
  block(open: string, names: readonly string[], write: () => void): void {
    const scope = scopeWith(names);
    this.scopes.push(scope);
    write();
    this.scopes.pop();
    this.line([open, ...scope.lines, "}"].join("\n"));
  }

  line(text: string): void {
    this.scopes[this.scopes.length - 1].lines.push(text);
  }

  /** How deep the blocks are nested in which the names of `text` are known; 0 for the function's body. */
  depthOf(text: string): number {
    const names = text.match(/[A-Za-z_]\w*/g) ?? [];
    for (let depth = this.scopes.length - 1; depth > 0; depth--) if (names.some((name) => this.scopes[depth].names.has(name))) return depth;
    return 0;
  }

  /**
   * Names an expression, once per key and once per text, in the outermost block that knows all it is made of: drivers do not move it out
   * of loops. Names never change their value, and loads come before stores.
   */
  value(key: string, expression: () => string): string {
    const known = this.known(key);
    if (known) return known;
    const text = expression();
    const scope = this.scopes[this.depthOf(text)];
    const name = /^\w+$/.test(text) ? text : (this.known(text) ?? this.fresh());
    if (name !== text && !this.known(text)) {
      scope.lines.push(`let ${name} = ${text};`);
      scope.names.add(name);
    }
    scope.memo.set(key, name);
    scope.memo.set(text, name);
    return name;
  }

  private known(key: string): string | undefined {
    for (let depth = this.scopes.length - 1; depth >= 0; depth--) {
      const name = this.scopes[depth].memo.get(key);
      if (name) return name;
    }
    return undefined;
  }

  fresh(prefix = "v"): string {
    return `${prefix}${this.names++}`;
  }

  /** A u32 of the uniform; with a key, the same one each time. Never shared by value alone: equal sizes may differ next time. */
  word(value: number, key?: string): string {
    const known = key === undefined ? undefined : this.keyed.get(key);
    if (known) return known;
    this.words.push(value >>> 0);
    const at = this.words.length - 1;
    const word = `P.v[${at >> 2}].${"xyzw"[at & 3]}`;
    if (key !== undefined) this.keyed.set(key, word);
    return word;
  }

  /** The number 1 as a word of the uniform, which no compiler can fold: the step of a loop that must not be unrolled (unroll.ts). */
  one(): string {
    return this.word(1, "one");
  }

  /** Named sizes as words, for `specialise`, and ONE. */
  wordsOf(values: Readonly<Record<string, number>>): Record<string, string> {
    return Object.fromEntries([...Object.entries(values).map(([name, value]) => [name, this.word(value)]), ["ONE", this.one()]]);
  }

  /** Rows of f32, each of them whole vec4s of the uniform: the index of the first. */
  table(rows: readonly (readonly number[])[]): number {
    while (this.words.length % 4 !== 0) this.words.push(0);
    const first = this.words.length / 4;
    for (const row of rows) {
      this.words.push(...new Uint32Array(Float32Array.from(row).buffer));
      while (this.words.length % 4 !== 0) this.words.push(0);
    }
    return first;
  }

  /** An f32 of the uniform. */
  float(value: number, key: string): string {
    return `bitcast<f32>(${this.word(new Uint32Array(Float32Array.of(value).buffer)[0], key)})`;
  }

  uniform(): Uint32Array {
    const padded = new Uint32Array(Math.max(4, Math.ceil(this.words.length / 4) * 4));
    padded.set(this.words);
    return padded;
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
