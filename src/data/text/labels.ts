/**
 * Class names, as the files have them that people keep beside weights: one a line, CSV with a column of numbers, JSON, or Python's
 * dictionaries and lists as text.
 */

import { messageOf, quote, UserError } from "../errors.ts";
import { findDuplicateKey } from "./json.ts";
import { tableOfLabels } from "./label-table.ts";
import { type Literal, parseLiteral } from "./literal.ts";

const EXPECTED =
  'one class name a line, CSV with the columns index and name, JSON (["tench", ...] or {"0": "tench", ...}), or the same as Python writes it';

/** UTF-8, or UTF-16 with its mark, as Windows' editors save it. */
function decodeText(bytes: Uint8Array, where: string): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  try {
    return new TextDecoder(utf16 ? "utf-16le" : "utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${where}: not a text in UTF-8; expected ${EXPECTED}`);
  }
}

/** The names of a file of labels, by class number. Nothing else than names for all classes 0 to n - 1: UserError. */
export function parseLabels(bytes: Uint8Array, where: string): string[] {
  const text = decodeText(bytes, where).trim();
  if (text === "") throw new UserError(`${where}: holds no class names; expected ${EXPECTED}`);
  const names = structured(text, where) ?? tabled(text, where) ?? text.split(/\r\n|\r|\n/).map((line) => line.trim());
  const empty = names.indexOf("");
  if (empty >= 0) throw new UserError(`${where}: class ${empty} has no name`);
  return names;
}

/** CSV; null for another kind of text. */
function tabled(text: string, where: string): string[] | null {
  const pairs = tableOfLabels(text, where);
  return pairs && byNumber(pairs, where);
}

/** JSON or a Python literal, recognised by its first character; null for another kind of text. */
function structured(text: string, where: string): string[] | null {
  // An assignment before it, as in `labels = {0: ...`, is ignored.
  const start = /^(?:[A-Za-z_]\w*\s*=\s*)?[[{(]/.exec(text)?.[0].length;
  if (start === undefined) return null;
  let literal: Literal;
  try {
    literal = literalOf(text.slice(start - 1), where);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${where}: expected ${EXPECTED} (${messageOf(error)})`);
  }
  if (literal.kind === "dict") return ofDictionary(literal.entries, where);
  if (literal.kind === "list" || literal.kind === "tuple")
    return literal.items.map((item, i) => nameOf(item) ?? refuseItem(`entry ${i}`, where));
  throw new UserError(`${where}: expected ${EXPECTED}`);
}

function literalOf(text: string, where: string): Literal {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return parseLiteral(text);
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate !== null) throw new UserError(`${where}: it names ${quote(duplicate)} twice`);
  return ofJson(json);
}

function ofJson(value: unknown): Literal {
  if (typeof value === "string") return { kind: "text", value };
  if (typeof value === "number") return { kind: "number", value };
  if (typeof value === "boolean") return { kind: "boolean", value };
  if (Array.isArray(value)) return { kind: "list", items: value.map(ofJson) };
  if (value === null || typeof value !== "object") return { kind: "none" };
  return { kind: "dict", entries: Object.entries(value).map(([key, item]) => [{ kind: "text", value: key }, ofJson(item)]) };
}

/** A name, the last of [WordNet id, name], or the `name` of an object. */
function nameOf(item: Literal): string | null {
  if (item.kind === "text") return item.value.trim();
  if ((item.kind === "list" || item.kind === "tuple") && item.items.length === 2) {
    const [id, name] = item.items;
    return id.kind === "text" && name.kind === "text" ? name.value.trim() : null;
  }
  if (item.kind !== "dict") return null;
  const named = item.entries.find(([key]) => key.kind === "text" && ["name", "label"].includes(key.value))?.[1];
  return named?.kind === "text" ? named.value.trim() : null;
}

function refuseItem(what: string, where: string): never {
  throw new UserError(`${where}: ${what} is not a class name; expected ${EXPECTED}`);
}

const numberOf = (literal: Literal): number | null => {
  if (literal.kind === "number") return literal.value;
  return literal.kind === "text" && /^\s*\d{1,9}\s*$/.test(literal.value) ? Number(literal.value) : null;
};

/** {0: name}, {"0": name}, {name: 0} (torchvision's class_to_idx), or one of these below `id2label`. */
function ofDictionary(entries: readonly (readonly [Literal, Literal])[], where: string): string[] {
  const inner = entries.find(([key]) => key.kind === "text" && key.value === "id2label")?.[1];
  if (inner?.kind === "dict") return ofDictionary(inner.entries, where);
  const turned = entries.every(([key, value]) => key.kind === "text" && value.kind === "number");
  const pairs = entries.map(([key, value]): [number, string] => {
    const [index, name] = turned ? [numberOf(value), nameOf(key)] : [numberOf(key), nameOf(value)];
    const shown = key.kind === "text" || key.kind === "number" ? quote(String(key.value)) : "a key";
    if (index === null) return refuseItem(`${shown} is not a class number, or what it stands for`, where);
    return [index, name ?? refuseItem(`what stands for ${shown}`, where)];
  });
  return byNumber(pairs, where);
}

/** Names in the order of their numbers, which must be 0 to n - 1. */
function byNumber(pairs: readonly (readonly [number, string])[], where: string): string[] {
  const names = new Map<number, string>();
  for (const [index, name] of pairs) {
    if (names.has(index)) throw new UserError(`${where}: class ${index} is named twice`);
    names.set(index, name);
  }
  return pairs.map((_, index) => {
    const name = names.get(index);
    if (name !== undefined) return name;
    const last = Math.max(...names.keys());
    const hint = index === 0 && last === pairs.length ? "; classes are counted from 0, this file counts from 1" : "";
    throw new UserError(`${where}: no name for class ${index}, but ${pairs.length} names up to class ${last}${hint}`);
  });
}
