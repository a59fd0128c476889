/** Documents with parts that a program writes: what stands between `<!-- bench NAME -->` and `<!-- end of bench NAME -->` is its own. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { UserError } from "../src/data/errors.ts";

/** Replaces that part, in a new document if there is none. @throws UserError if the document has no such marks */
export function writeBetween(path: string, name: string, content: string): void {
  const [begin, end] = [`<!-- bench ${name} -->`, `<!-- end of bench ${name} -->`];
  const text = existsSync(path) ? readFileSync(path, "utf8") : `${begin}\n${end}\n`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new UserError(`${path} has no ${begin} ... ${end} to write between`);
  writeFileSync(path, `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`);
}
