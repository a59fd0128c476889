/** What is asked on the command line: methods, classes by number, name or rank. */
import { quote, UserError } from "../data/errors.ts";
import { METHOD_NAMES, type Method, ranked } from "../studies/explain/index.ts";

/** "grad-cam,cam" or "all": every method that the network can have. Repeated ones count once. */
export function methodsOf(texts: readonly string[], { hasCam }: { readonly hasCam: boolean }): Method[] {
  const names = texts.flatMap((text) => text.split(",")).map((name) => name.trim().toLowerCase());
  const known = METHOD_NAMES as readonly string[];
  for (const name of names)
    if (name !== "all" && !known.includes(name))
      throw new UserError(`no method ${quote(name)}; there are ${METHOD_NAMES.join(", ")}, and all`);
  if (names.includes("all")) return METHOD_NAMES.filter((name) => name !== "cam" || hasCam);
  return METHOD_NAMES.filter((name) => names.includes(name));
}

/** "predicted", "top3", "281", "tabby", or several with commas -> class numbers and ranks, as `Explainer.explain` takes them. */
export function classesOf(text: string, labels: readonly string[] | null, count: number): number[] {
  const codes = text.split(",").flatMap((part) => codesOf(part.trim(), labels, count));
  const unique = [...new Set(codes)];
  if (unique.length > MOST_CLASSES) throw new UserError(`--class: ${unique.length} classes at once, at most ${MOST_CLASSES}`);
  return unique;
}

/** Each class is a backward pass of its own in the program. */
const MOST_CLASSES = 16;

function codesOf(text: string, labels: readonly string[] | null, count: number): number[] {
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

function named(text: string, labels: readonly string[] | null): number {
  if (!labels)
    throw new UserError(
      `--class ${quote(text)}: this network's classes have no names (--labels gives them); take a number, predicted or top3`,
    );
  const wanted = text.toLowerCase();
  const exact = labels.findIndex((label) => label.toLowerCase() === wanted);
  if (exact >= 0) return exact;
  const alike = labels.filter((label) => wanted !== "" && label.toLowerCase().includes(wanted)).slice(0, 4);
  throw new UserError(`--class: no class is called ${quote(text)}${alike.length > 0 ? `; there are ${alike.join(", ")}` : ""}`);
}

/** The highest place that ranks ask for must be among the targets of the graph: so many targets are needed. */
export const targetsFor = (codes: readonly number[]): number => Math.max(codes.length, ...codes.map((code) => -code));
