/** The functions of shaders/lib, cut to those that a kernel uses: compile time counts. */
import { SHADERS } from "./shaders.gen.ts";

interface Piece {
  readonly text: string;
  readonly uses: readonly string[];
}

let pieces: Map<string, Piece> | null = null;

/** Top-level functions and constants by name. */
function library(): Map<string, Piece> {
  if (pieces) return pieces;
  const found = new Map<string, string>();
  for (const [name, source] of Object.entries(SHADERS)) {
    if (!name.startsWith("lib/")) continue;
    for (const match of source.matchAll(/^(?:const (\w+)[\s\S]*?;|fn (\w+)[\s\S]*?^\}|fn (\w+)[^\n]*\}$)/gm))
      found.set(match[1] ?? match[2] ?? match[3], match[0]);
  }
  const names = [...found.keys()];
  pieces = new Map(
    names.map((name) => {
      const text = found.get(name) as string;
      return [name, { text, uses: names.filter((other) => other !== name && new RegExp(`\\b${other}\\b`).test(text)) }];
    }),
  );
  return pieces;
}

/** What was found for a code before: kernels of one structure share their text. */
const texts = new Map<string, string>();

/** The text of every library function that `code` calls, directly or not. */
export function libraryFor(code: string): string {
  const known = texts.get(code);
  if (known !== undefined) return known;
  const all = library();
  const wanted = new Set<string>();
  const visit = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const used of all.get(name)?.uses ?? []) visit(used);
  };
  for (const word of new Set(code.match(/\b[A-Za-z_]\w*\b/g) ?? [])) if (all.has(word)) visit(word);
  const text = [...all.keys()]
    .filter((name) => wanted.has(name))
    .map((name) => (all.get(name) as Piece).text)
    .join("\n");
  texts.set(code, text);
  return text;
}
