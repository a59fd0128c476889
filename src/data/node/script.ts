/** JavaScript modules that hold nothing but data, read as text: what is exported is taken from the syntax tree, and nothing is executed. */

import { type Expression, type Node, parse } from "acorn";
import { messageOf, quote, UserError } from "../errors.ts";
import { readFileBounded } from "./files.ts";

/** A value that a literal can state. */
export type ScriptValue = string | number | boolean | null | readonly ScriptValue[] | { readonly [key: string]: ScriptValue };

const MAX_BYTES = 2 ** 27;
/** Deeper than anything that is meant. */
const MAX_DEPTH = 64;

/**
 * The literal that a CommonJS module (also one wrapped by a bundler) assigns to its `exports`: `e.exports = "AAE="`, `module.exports = { a: [1] }`.
 * No JavaScript, no such literal or more than one, or anything in it that would have to be computed: UserError.
 */
export function readExports(file: string): ScriptValue {
  const found = exportsOf(treeOf(new TextDecoder().decode(readFileBounded(file, MAX_BYTES)), file));
  if (found.length !== 1) throw new UserError(`${file}: ${found.length === 0 ? "no" : "more than one"} literal is assigned to exports`);
  return valueOf(found[0], file, 0);
}

function treeOf(text: string, where: string): Node {
  try {
    return parse(text, { ecmaVersion: 2022, sourceType: "script" });
  } catch (error) {
    // Brackets without end run out of stack: a RangeError.
    throw new UserError(`${where}: not JavaScript that can be read (${quote(messageOf(error))})`);
  }
}

const LITERALS = ["ObjectExpression", "ArrayExpression", "Literal", "TemplateLiteral"];

/** Right sides of `….exports = literal`, anywhere. */
function exportsOf(root: Node): Expression[] {
  const found: Expression[] = [];
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (typeof node !== "object" || node === null) continue;
    if (isExport(node)) found.push(node.right);
    else waiting.push(...Object.values(node));
  }
  return found;
}

interface Assignment {
  readonly right: Expression;
}

function isExport(node: object): node is Assignment {
  const { type, left, right } = node as Record<string, Record<string, unknown> | string | undefined>;
  if (type !== "AssignmentExpression" || typeof left !== "object" || typeof right !== "object") return false;
  const property = left.property as { readonly name?: unknown } | undefined;
  return left.type === "MemberExpression" && property?.name === "exports" && LITERALS.includes(String(right.type));
}

function valueOf(node: Expression, where: string, depth: number): ScriptValue {
  const refuse = (what: string): never => {
    throw new UserError(`${where}: ${what} at character ${node.start + 1} is no literal`);
  };
  if (depth > MAX_DEPTH) refuse("something too deep");
  switch (node.type) {
    case "Literal":
      return typeof node.value === "object" && node.value !== null ? refuse("a regular expression") : literalOf(node.value, refuse);
    case "TemplateLiteral":
      return node.expressions.length === 0 ? (node.quasis[0].value.cooked ?? "") : refuse("a template");
    case "UnaryExpression": {
      const value = valueOf(node.argument, where, depth + 1);
      if (node.operator === "-" && typeof value === "number") return -value;
      // Minified: !0 is true, !1 is false.
      return node.operator === "!" && (value === 0 || value === 1) ? value === 0 : refuse(`${node.operator}…`);
    }
    case "ArrayExpression":
      return node.elements.map((one) =>
        one === null || one.type === "SpreadElement" ? refuse("a hole in a list") : valueOf(one, where, depth + 1),
      );
    case "ObjectExpression":
      return Object.fromEntries(
        node.properties.map((one): [string, ScriptValue] => {
          if (one.type !== "Property" || one.computed || one.kind !== "init" || one.method || one.shorthand) return refuse("a property");
          const key = one.key.type === "Identifier" ? one.key.name : one.key.type === "Literal" ? String(one.key.value) : refuse("a key");
          return [key, valueOf(one.value, where, depth + 1)];
        }),
      );
    default:
      return refuse(node.type);
  }
}

function literalOf(value: unknown, refuse: (what: string) => never): ScriptValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null
    ? value
    : refuse("a big integer");
}
