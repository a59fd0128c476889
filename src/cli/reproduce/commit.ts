/** Which commit made a number, where the command runs from a clone. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../../..");

let known: string | null | undefined;

/** `1a2b3c4d`, with a + behind it where files were changed since; null: no clone, or no git. */
export function commitHere(): string | null {
  known ??= ask();
  return known;
}

function ask(): string | null {
  if (!fs.existsSync(path.join(ROOT, ".git"))) return null;
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no", "--", "src", "shaders", "package.json").trim() !== "";
    return `${git("rev-parse", "--short=8", "HEAD").trim()}${changed ? "+" : ""}`;
  } catch {
    return null;
  }
}
