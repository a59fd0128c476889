/**
 * `npm test`: runs every tests/**\/*.test.ts in a process of its own (a crash is then a failure of that file, and
 * devices do not pile up) and ends with `N passed, N failed`. `npm test -- graph kernels/conv` runs the files whose
 * path contains one of the words. Lines that a test prints beginning with "# " are shown even when it passes. Random cases differ from run
 * to run; INTARSIA_SEED, which stands at the end, repeats a run.
 *
 * uvu is kind to a suite that never ran; this runner is not: a file fails unless passed + skipped equals declared,
 * so a throwing `before` hook ("0 / 2", exit 0), an early exit and a forgotten `.run()` all count as failures.
 */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileProblems, parseTotals, type Totals } from "./support/totals.ts";

interface Outcome extends Totals {
  readonly file: string;
  readonly output: string;
  readonly seconds: number;
  /** Why the file failed beyond its own failing tests, or "" */
  readonly problem: string;
}

const TIMEOUT_SECONDS = Number(process.env.INTARSIA_TEST_TIMEOUT ?? 900);
const CHILD = ["--conditions=intarsia-source", "--import", "tsx", "--import", "./tests/support/seed.ts"];
/** Of all random cases of this run. */
const SEED = process.env.INTARSIA_SEED ?? String(randomInt(2 ** 31));
/** What a test has to say although it passed; uvu's dots may stand before it on the line. */
const REMARK = /^(?:[•✘] )*(# .+)$/gm;
const running = new Set<number>();

function endGroup(pid: number): void {
  if (pid <= 0) return; // 0 would be this process's own group
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // the group is gone already
  }
}

/** The test files whose path holds one of `words` (all if there are none), in code-point order. */
export function testFiles(words: readonly string[] = []): string[] {
  return readdirSync("tests", { recursive: true, encoding: "utf8" })
    .map((path) => `tests/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".test.ts"))
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
    .sort((a, b) => (a < b ? -1 : 1));
}

/** Runs one file as the head of a process group, which ends with it: no browser survives its test. */
function runFile(file: string): Promise<Outcome> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...CHILD, file], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, INTARSIA_SEED: SEED, NO_COLOR: "1", FORCE_COLOR: "0" },
    });
    const pid = child.pid ?? 0;
    running.add(pid);
    let output = "";
    let timedOut = false;
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(pid);
    }, TIMEOUT_SECONDS * 1000);
    child.on("exit", () => {
      clearTimeout(timer);
      endGroup(pid);
    });
    child.on("close", (code, signal) => {
      running.delete(pid);
      const seconds = (performance.now() - begin) / 1000;
      const ending = timedOut ? `no end after ${TIMEOUT_SECONDS} s` : signal ? `killed by ${signal}` : code ? `exit code ${code}` : "";
      resolve({ file, output, seconds, ...judge(readFileSync(file, "utf8"), output, ending) });
    });
  });
}

/** Turns what the child said and how it ended into counts; anything that does not add up is a failure. */
function judge(source: string, output: string, ending: string): Totals & { problem: string } {
  const totals = parseTotals(output);
  const problems = fileProblems(source);
  if (!totals) problems.push(ending || "printed no totals: it never called .run()");
  else if (ending && totals.failed === 0) problems.push(ending);
  const counts = totals ?? { declared: 0, passed: 0, skipped: 0, failed: 0 };
  return { ...counts, failed: counts.failed === 0 && problems.length > 0 ? 1 : counts.failed, problem: problems.join("; ") };
}

function report(outcome: Outcome): void {
  const { file, passed, skipped, failed, problem, seconds, output } = outcome;
  const counts = [`${passed} passed`, skipped > 0 ? `${skipped} skipped` : "", failed > 0 ? `${failed} failed` : ""].filter(Boolean);
  console.log(`${failed > 0 ? "FAIL" : "ok  "} ${file}: ${counts.join(", ")} (${seconds.toFixed(1)} s)`);
  if (problem) console.log(`     ${problem}`);
  if (failed > 0) console.log(output.trimEnd().replaceAll(/^/gm, "     "));
  else for (const [, line] of output.matchAll(REMARK)) console.log(`     ${line}`);
}

/** Files start in order, `lanes` at a time, and are reported in order. */
async function runAll(files: readonly string[], lanes: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  let shown = 0;
  const lane = async (): Promise<void> => {
    while (next < files.length) {
      const index = next++;
      outcomes[index] = await runFile(files[index]);
      for (; outcomes[shown]; shown++) report(outcomes[shown]);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return outcomes;
}

async function main(): Promise<void> {
  const files = testFiles(process.argv.slice(2));
  if (files.length === 0) throw new Error(`no test file matches ${process.argv.slice(2).join(" ")}`);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      for (const pid of running) endGroup(pid);
      process.exit(1);
    });
  const begin = performance.now();
  const lanes = Number(process.env.INTARSIA_TEST_LANES ?? Math.min(4, availableParallelism()));
  const outcomes = await runAll(files, lanes);
  const sum = (key: "passed" | "skipped" | "failed"): number => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  const bad = outcomes.filter((outcome) => outcome.failed > 0);
  if (bad.length > 0) console.log(`\nfailing: ${bad.map((outcome) => outcome.file).join(", ")}`);
  console.log(
    `\n${files.length} files, ${sum("skipped")} skipped, ${((performance.now() - begin) / 1000).toFixed(0)} s, INTARSIA_SEED=${SEED}`,
  );
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  process.exitCode = bad.length > 0 ? 1 : 0;
}

if (import.meta.filename === process.argv[1]) await main();
