/** Another commit as a folder that can be measured: its engine, and the bench of this checkout. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../src/data/errors.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Checkout {
  readonly root: string;
  /** Twelve digits. */
  readonly commit: string;
  remove(): void;
}

function git(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("git", args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new UserError(`git ${args[0]}: ${stderr.trim().split("\n")[0]}`);
  return stdout.trim();
}

/** The commit that is checked out here, with a + if files differ from it. */
export const thisCommit = (): string => git("rev-parse", "--short=12", "HEAD") + (git("status", "--porcelain") ? "+" : "");

/**
 * Checks `revision` out in a temporary folder. Its bench/ is replaced by ours, so that both engines do the very same work, and it
 * uses the packages that are installed here. @throws UserError for a revision that git does not know
 */
export function checkOut(revision: string): Checkout {
  const commit = git("rev-parse", "--short=12", "--verify", `${revision}^{commit}`);
  const root = join(mkdtempSync(join(tmpdir(), "intarsia-bench-")), commit);
  git("worktree", "add", "--detach", root, commit);
  rmSync(join(root, "bench"), { recursive: true });
  cpSync(join(ROOT, "bench"), join(root, "bench"), { recursive: true, filter: (path) => basename(path) !== "node_modules" });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  return { root, commit, remove: () => void git("worktree", "remove", "--force", root) };
}
