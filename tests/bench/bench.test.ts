/** `npm run bench` as a command: one small workload without peers, its report, the check against an earlier one, bad input. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AgainstReport } from "../../bench/against/run.ts";
import { readOptions } from "../../bench/options.ts";
import type { BenchReport, Row } from "../../bench/report.ts";

function bench(...args: readonly string[]) {
  const command = ["--conditions=intarsia-source", "--import", "tsx", "bench/run.ts", ...args];
  return spawnSync(process.execPath, command, { encoding: "utf8", timeout: 120_000 });
}

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "intarsia-bench-test-"));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const smoke = ["--libraries", "intarsia", "--rounds", "1", "--steady", "1", "--only", "batched"];

test("a workload is measured, beside the ceiling, and reported as JSON and as a table", () =>
  inFolder((folder) => {
    const [json, markdown] = [join(folder, "report.json"), join(folder, "performance.md")];
    const { stdout, stderr, status } = bench(...smoke, "--json", json, "--markdown", markdown);
    assert.is(status, 0, stderr);
    assert.match(stdout, /^matmul batched.* [\d.]+ ms/m);
    const report = JSON.parse(readFileSync(json, "utf8")) as BenchReport;
    assert.equal(report.failed, {});
    assert.is(report.rows.length, 1);
    const [row] = report.rows;
    for (const value of [row.ours.ms, row.ours.cpuMs, row.ours.firstMs, row.gflops, report.ceiling.gflops, report.ceiling.gbps])
      assert.ok(value !== undefined && value > 0 && Number.isFinite(value), stdout);
    assert.ok(row.ours.bytes >= 4 * 24 * (2 * 197 * 64 + 197 * 197), "at least the two factors and the product");
    assert.equal([row.ratio, row.peers, row.missed], [null, {}, []]);
    const share = (row.gflops as number) / report.ceiling.gflops;
    assert.ok(Math.abs((row.shareOfCeiling as number) / share - 1) < 1e-9);
    assert.match(readFileSync(markdown, "utf8"), /<!-- bench \w+ -->\n\n## \w+: [\s\S]*\| matmul batched [\s\S]*<!-- end of bench \w+ -->/);
  }));

/** A report with one row of these ratios. */
const reportOf = (ratio: number, firstRatio: number): BenchReport => {
  const measured = { ms: 10, spread: 0.1, cpuMs: 20, firstMs: 100, firstCpuMs: 150, bytes: 2 ** 20, rounds: 3, calls: 9 };
  const row: Row = {
    ...{ workload: "matmul 512", goal: "product", ours: measured, peers: { tfjs: { ...measured, ms: 10 * ratio } }, bound: false },
    ...{ ratio, cpuRatio: ratio, firstRatio, bytesRatio: 1, met: [], missed: [] },
  };
  const ceiling = { gflops: 30, gbps: 4 };
  return {
    command: "npm run bench",
    adapter: "system",
    description: "some adapter",
    peers: { tfjs: "4.22.0" },
    cores: 2,
    ceiling,
    minutes: 1,
    rows: [row],
    failed: {},
  };
};

test("--check fails for a ratio that is worse by more than the tolerance, and for nothing else", () =>
  inFolder((folder) => {
    const write = (name: string, report: BenchReport): string => {
      writeFileSync(join(folder, name), JSON.stringify(report));
      return join(folder, name);
    };
    const before = write("before.json", reportOf(3, 2));
    const check = (now: BenchReport, ...rest: readonly string[]) => bench("--from", write("now.json", now), "--check", before, ...rest);
    assert.is(check(reportOf(2.5, 2)).status, 0, "a sixth is within a fifth");
    const worse = check(reportOf(2.5, 1.5));
    assert.is(worse.status, 1);
    assert.match(worse.stdout, /matmul 512, first call: 1\.50×, was 2\.00×/);
    assert.not.match(worse.stdout, /steady state/);
    assert.is(check(reportOf(2.5, 2), "--tolerance", "0.1").status, 1);
    const gone = check({ ...reportOf(3, 2), rows: [] });
    assert.is(gone.status, 1);
    assert.match(gone.stdout, /matmul 512: measured before, no row now/);
  }));

test("an earlier commit is measured in turn with this one, and its checkout goes away", () =>
  inFolder((folder) => {
    const json = join(folder, "report.json");
    const args = ["against", "HEAD", "--rounds", "1", "--steady", "1", "--only", "sin, 1M", "--json", json];
    const { stdout, stderr, status } = bench(...args);
    assert.is(status, 0, stderr);
    const { rows, failed } = JSON.parse(readFileSync(json, "utf8")) as AgainstReport;
    assert.equal([rows.length, failed], [1, {}], stdout);
    const [{ before, now, ratio }] = rows;
    assert.ok(before.median > 0 && now.median > 0 && Math.abs(ratio - now.median / before.median) < 1e-9, stdout);
    assert.not.match(spawnSync("git", ["worktree", "list"], { encoding: "utf8" }).stdout, /intarsia-bench-/);
  }));

test("bad input is one line and exit code 2", () => {
  for (const [args, message] of [
    [["--only", "nonsense"], /^no workload's name contains nonsense; --list prints them\n$/],
    [["scale", "--only", "nonsense"], /^nothing to measure; the axes are batch, bag, side, depth\n$/],
    [["against", "no-such-commit"], /^git rev-parse: fatal: Needed a single revision\n$/],
    [["--python", "false", "--libraries", "pytorch"], /^false has no PyTorch; --python names another\n$/],
    [["against"], /^against which commit\? npm run bench -- against HEAD~1\n$/],
    [["--from", "bench/package.json"], /^bench\/package\.json: not a report of npm run bench\n$/],
  ] as const) {
    const { stderr, status } = bench(...args, "--libraries", "intarsia");
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
  }
});

test("options are read, and refused with a reason", () => {
  const { command, only, libraries, rounds, timeoutMs } = readOptions([
    "--only",
    "matmul 512",
    "conv",
    "--libraries",
    "tfjs,jax",
    "--timeout",
    "9",
  ]);
  assert.equal([command, only, libraries, rounds, timeoutMs], ["compare", ["matmul 512", "conv"], ["intarsia", "tfjs", "jax"], 3, 9000]);
  assert.is(readOptions(["scale", "--up-to", "64"]).upTo, 64);
  for (const [args, message] of [
    [["--adapter", "fast"], /--adapter fast is unknown/],
    [["--rounds", "0"], /--rounds must be a positive number, got 0/],
    [["--libraries", "torch"], /--libraries torch is unknown/],
    [["--speed"], /Unknown option '--speed'/],
    [["matmul"], /workloads are chosen with --only/],
  ] as const)
    assert.throws(() => readOptions(args), message);
});

test.run();
