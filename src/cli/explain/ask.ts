/** What is asked on the command line: methods, classes by number, name or rank. */
import { quote, UserError } from "../../data/errors.ts";
import { knownNames, similarName } from "../../data/text/similar.ts";
import { METHOD_NAMES, type Method, ranked } from "../../explain/index.ts";

/** "grad-cam,cam" or "all": every method that the network can have. Repeated ones count once. */
export function methodsOf(texts: readonly string[], { hasCam }: { readonly hasCam: boolean }): Method[] {
  const names = texts.flatMap((text) => text.split(",")).map((name) => name.trim().toLowerCase());
  const known = METHOD_NAMES as readonly string[];
  for (const name of names)
    if (name !== "all" && !known.includes(name))
      throw new UserError(`no method ${quote(name)}${knownNames(name, [...METHOD_NAMES, "all"])}`);
  if (names.includes("all")) return METHOD_NAMES.filter((name) => name !== "cam" || hasCam);
  return METHOD_NAMES.filter((name) => names.includes(name));
}

/**
 * "predicted", "top3", "281", "tabby", or several with commas -> class numbers and ranks, as `Explainer.explain` takes them.
 * A name that holds commas is one name if there is such a class, or if it is in quotation marks.
 */
export function classesOf(text: string, labels: readonly string[] | null, count: number): number[] {
  const codes = partsOf(text, labels).flatMap((part) => codesOf(part, labels, count));
  const unique = [...new Set(codes)];
  if (unique.length > MOST_CLASSES) throw new UserError(`--class: ${unique.length} classes at once, at most ${MOST_CLASSES}`);
  return unique;
}

/** Each class is a backward pass of its own in the program. */
const MOST_CLASSES = 16;

interface Part {
  readonly text: string;
  /** It was in quotation marks: a name, even if it looks like a number. */
  readonly quoted: boolean;
}

/** Parts between commas; as many of them as make a class' name together are one. */
function partsOf(text: string, labels: readonly string[] | null): Part[] {
  const known = new Set(labels?.map(folded));
  const parts: Part[] = [];
  const pieces = piecesOf(text);
  for (let at = 0; at < pieces.length; ) {
    let end = pieces.length;
    while (end > at + 1 && !known.has(folded(pieces.slice(at, end).join(",")))) end -= 1;
    const part = pieces.slice(at, end).join(",").trim();
    const quoted = end === at + 1 && /^".*"$/s.test(part) && part.length > 1;
    parts.push({ text: quoted ? part.slice(1, -1).replaceAll('""', '"') : part, quoted });
    at = end;
  }
  return parts;
}

/** Split at commas outside of quotation marks. A quotation mark inside a name is an ordinary letter. */
const piecesOf = (text: string): string[] => text.match(/(?<=^|,)(?:\s*"(?:[^"]|"")*"\s*|[^,]*)(?=,|$)/gs) ?? [text];

/** Names are compared without regard to case and to blanks after commas. */
const folded = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\s*,\s*/g, ",");

function codesOf({ text, quoted }: Part, labels: readonly string[] | null, count: number): number[] {
  if (quoted) return [named(text, labels)];
  if (text === "predicted") return [ranked(0)];
  const top = /^top-?(\d{1,6})$/.exec(text);
  if (top) return ranks(Number(top[1]), text, count);
  if (/^\d+$/.test(text)) {
    if (Number(text) < count) return [Number(text)];
    throw new UserError(`--class: no class ${text}: there are ${count}, counted from 0`);
  }
  return [named(text, labels)];
}

function ranks(places: number, text: string, count: number): number[] {
  if (places < 1 || places > Math.min(count, MOST_CLASSES))
    throw new UserError(`--class ${text}: from top1 to top${Math.min(count, MOST_CLASSES)}`);
  return Array.from({ length: places }, (_, place) => ranked(place));
}

/** The class of that name, letter by letter or else without regard to case. Several of them (ImageNet has two cranes): UserError. */
function named(text: string, labels: readonly string[] | null): number {
  if (!labels)
    throw new UserError(
      `--class ${quote(text)}: this network's classes have no names (--labels gives them); take a number, predicted or top3`,
    );
  const all = [...labels.keys()];
  const exact = all.filter((index) => labels[index] === text);
  const found = exact.length > 0 ? exact : all.filter((index) => folded(labels[index]) === folded(text));
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    const list = found.slice(0, 4).map((index) => `${index} (${labels[index]})`);
    throw new UserError(`--class: ${found.length} classes are called ${quote(text)}; take a number: ${list.join(", ")}`);
  }
  const alike = labels.filter((label) => text !== "" && label.toLowerCase().includes(text.toLowerCase())).slice(0, 4);
  if (alike.length > 0) throw new UserError(`--class: no class is called ${quote(text)}; there are ${alike.join(", ")}`);
  const near = similarClass(text, labels);
  throw new UserError(`--class: no class is called ${quote(text)}${near === null ? "" : `; did you mean ${near}?`}`);
}

/** By its whole name, or by one of those between commas. */
function similarClass(text: string, labels: readonly string[]): string | null {
  const names = labels.flatMap((label) => [label, ...label.split(",")].map((name) => ({ name, label })));
  const found = similarName(
    text,
    names.map(({ name }) => name),
  );
  return names.find(({ name }) => name === found)?.label ?? null;
}

/** How many targets the graph needs: one for each class, and enough for the lowest rank that is asked for. */
export const targetsFor = (codes: readonly number[]): number => Math.max(codes.length, ...codes.map((code) => -code));
