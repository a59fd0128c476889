/** The statements of a function while it is being written, in nested blocks: a value is named once, outside of the loops that do not change it. */

export class Statements {
  private names = 0;
  /** From the function's body inwards. */
  private scopes: Scope[] = [scopeWith([])];

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
    const name = /^\w+$/.test(text) ? text : (this.known(text) ?? `v${this.names++}`);
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
}

interface Scope {
  readonly lines: string[];
  /** Keys and texts of values -> names. */
  readonly memo: Map<string, string>;
  readonly names: Set<string>;
}

const scopeWith = (names: readonly string[]): Scope => ({ lines: [], memo: new Map(), names: new Set(names) });
