/** The repository as the architecture tests see it: tracked files and new ones that are not ignored. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** Paths relative to the repository root, in code-point order. */
export function repositoryFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" });
  return [...new Set(listed.split("\n"))].filter((path) => path !== "" && existsSync(path)).sort((a, b) => (a < b ? -1 : 1));
}

export function lines(path: string): string[] {
  return readFileSync(path, "utf8").replace(/\n$/, "").split("\n");
}

/** Written by a program, or data: rules about how people write do not apply. */
export function isGenerated(path: string): boolean {
  return path.endsWith(".gen.ts") || path.includes("/golden/") || path === "package-lock.json";
}
