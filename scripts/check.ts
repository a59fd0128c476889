/**
 * `npm run check`: types (one program per folder, so that each sees only its own globals), lint, format, and the
 * direction of imports. `npm run check -- types` runs one of the parts. What the types of unchanged files gave is kept in .cache/.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";

interface Check {
  readonly part: "types" | "lint" | "imports";
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

interface Outcome {
  readonly check: Check;
  readonly code: number;
  readonly output: string;
  readonly seconds: number;
}

/** Folders with a tsconfig of their own, lowest floor first; "." holds everything that sees Node. */
function typePrograms(): string[] {
  const folders = readdirSync("src", { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(`src/${entry.name}/tsconfig.json`))
    .map((entry) => `src/${entry.name}`);
  return [...folders.sort(), "web/page", "web/worker", "."];
}

function checks(): Check[] {
  const types = typePrograms().map(
    (folder): Check => ({
      part: "types",
      name: `types ${folder}`,
      command: "node_modules/.bin/tsc",
      args: ["-p", folder, "--pretty", "false", "--incremental", "--tsBuildInfoFile", `.cache/${folder.replaceAll("/", "-")}.tsbuildinfo`],
    }),
  );
  return [
    ...types,
    { part: "lint", name: "lint and format", command: "node_modules/.bin/biome", args: ["check", "--error-on-warnings"] },
    {
      part: "imports",
      name: "imports",
      command: "node_modules/.bin/depcruise",
      args: ["src", "examples", "bench", "--output-type", "err"],
    },
  ];
}

function run(check: Check): Promise<Outcome> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(check.command, check.args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ check, code: code ?? 1, output, seconds: (performance.now() - begin) / 1000 }));
  });
}

/** Runs all of them, as many at a time as there are cores, and reports in the order of the list. */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const list = checks().filter((check) => wanted.length === 0 || wanted.includes(check.part));
  const pending: Promise<Outcome>[] = [];
  let free = availableParallelism();
  const waiting: (() => void)[] = [];
  for (const check of list) {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    pending.push(
      run(check).finally(() => {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }),
    );
  }
  let failed = 0;
  for (const outcome of await Promise.all(pending)) {
    const ok = outcome.code === 0;
    if (!ok) failed += 1;
    console.log(`${ok ? "ok  " : "FAIL"} ${outcome.check.name} (${outcome.seconds.toFixed(1)} s)`);
    if (!ok) console.log(outcome.output.trimEnd().replaceAll(/^/gm, "     "));
  }
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
