/**
 * Python literals as text: what `ast.literal_eval` reads of dictionaries, lists, tuples, strings, numbers, True, False and None. Headers of
 * .npy files and many lists of class names are written so; JSON's true, false and null are read, too.
 */

export type Literal =
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "none" }
  | { readonly kind: "list" | "tuple"; readonly items: readonly Literal[] }
  | { readonly kind: "dict"; readonly entries: readonly (readonly [Literal, Literal])[] };

const WORDS: Readonly<Record<string, Literal>> = {
  True: { kind: "boolean", value: true },
  true: { kind: "boolean", value: true },
  False: { kind: "boolean", value: false },
  false: { kind: "boolean", value: false },
  None: { kind: "none" },
  null: { kind: "none" },
};

const BLANK = /(?:[\s\ufeff]|#[^\n]*)*/y;
/** An L ends Python 2's long integers, as old .npy files have them. */
const NUMBER = /[+-]?(?:0[xX][\da-fA-F]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)[lL]?/y;
const WORD = /[A-Za-z_]\w*/y;
const QUOTED = /(?:[uUbBrR]{0,2})("""|'''|"|')/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v", "\n": "" };
const CODE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|(.))/gs;

/** Deeper than anything that is meant: a file of brackets alone must not end the stack. */
const MAX_DEPTH = 64;

/** The literal that is the whole text. Anything else: SyntaxError, with the position. */
export function parseLiteral(text: string): Literal {
  let at = 0;
  const fail = (what: string): never => {
    throw new SyntaxError(`${what} at character ${at + 1}`);
  };
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found;
  };
  const skip = (): string => {
    match(BLANK);
    return text[at] ?? "";
  };
  const expect = (mark: string): void => {
    if (skip() !== mark) fail(`expected ${mark}`);
    at += 1;
  };

  /** Adjacent strings are one. */
  function strings(): Literal {
    let value = "";
    for (let opening = match(QUOTED); opening; skip(), opening = match(QUOTED)) {
      const mark = opening[1];
      const start = at;
      while (text.slice(at, at + mark.length) !== mark) {
        if (at >= text.length || (mark.length === 1 && text[at] === "\n")) fail("a text that does not end");
        at += text[at] === "\\" ? 2 : 1;
      }
      const body = text.slice(start, at);
      value += /[rR]/.test(opening[0].slice(0, -mark.length)) ? body : unescaped(body);
      at += mark.length;
    }
    return { kind: "text", value };
  }

  /** Items up to the closing mark, with or without a last comma. */
  function items<T>(closing: string, item: () => T): { readonly found: T[]; readonly commas: number } {
    const found: T[] = [];
    let commas = 0;
    at += 1;
    while (skip() !== closing) {
      if (found.length > commas) fail("expected a comma");
      found.push(item());
      if (skip() === ",") {
        at += 1;
        commas += 1;
      }
    }
    at += 1;
    return { found, commas };
  }

  function value(depth: number): Literal {
    if (depth > MAX_DEPTH) fail("too many brackets");
    const c = skip();
    const inner = (): Literal => value(depth + 1);
    if (c === "{") return { kind: "dict", entries: items("}", () => pair(inner)).found };
    if (c === "[") return { kind: "list", items: items("]", inner).found };
    if (c === "(") {
      const { found, commas } = items(")", inner);
      return found.length === 1 && commas === 0 ? found[0] : { kind: "tuple", items: found };
    }
    QUOTED.lastIndex = at;
    if (QUOTED.test(text)) return strings();
    const number = match(NUMBER);
    if (number) return { kind: "number", value: numberOf(number[0]) };
    const word = match(WORD);
    if (word && Object.hasOwn(WORDS, word[0])) return WORDS[word[0]];
    return fail(c === "" ? "it ends" : "something that is no literal");
  }

  function pair(inner: () => Literal): readonly [Literal, Literal] {
    const key = inner();
    expect(":");
    return [key, inner()];
  }

  const whole = value(0);
  if (skip() !== "") fail("something after the end");
  return whole;
}

function numberOf(text: string): number {
  const plain = text.replace(/[lL]$/, "").replaceAll("_", "");
  return /^[+-]/.test(plain) ? (plain.startsWith("-") ? -1 : 1) * Number(plain.slice(1)) : Number(plain);
}

const unescaped = (body: string): string =>
  body.replaceAll(CODE, (whole, x?: string, u?: string, U?: string, octal?: string, letter?: string) => {
    const hex = x ?? u ?? U;
    if (hex !== undefined) return Number.parseInt(hex, 16) <= 0x10ffff ? String.fromCodePoint(Number.parseInt(hex, 16)) : "\ufffd";
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    if (letter === "\\" || letter === "'" || letter === '"' || letter === "/") return letter;
    return letter !== undefined && Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : whole;
  });
