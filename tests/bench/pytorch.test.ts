/** The column of PyTorch: its forms are of workloads that there are, its numbers those of the definition, and it is in no ratio. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { toMarkdown } from "../../bench/markdown.ts";
import { readOptions } from "../../bench/options.ts";
import { findPyTorch, visitPyTorch } from "../../bench/pytorch/visit.ts";
import type { BenchReport, Row } from "../../bench/report.ts";
import { fillAll } from "../../bench/tensors.ts";
import { findWorkload, WORKLOADS } from "../../bench/workloads/index.ts";

const pytorch = await findPyTorch("/usr/bin/python3");
const there = pytorch ? test : test.skip;

test("a Python without PyTorch, or none at all, is no error", async () => {
  assert.is(await findPyTorch("no-such-python"), null);
  assert.is(await findPyTorch("false"), null);
});

there("its product is the product, in as many calls as were asked for", async () => {
  assert.ok(pytorch);
  for (const name of pytorch.workloads)
    assert.ok(
      WORKLOADS.some((workload) => workload.name === name),
      name,
    );
  const workload = findWorkload("matmul 512");
  const visit = await visitPyTorch(pytorch, workload, { steadyMs: 60_000, maxCalls: 3, timeoutMs: 100_000 });
  assert.is(visit.failed, undefined);
  assert.is(visit.calls.length, 3);
  assert.ok((visit.first?.ms ?? 0) > 0 && visit.calls.every(({ ms, cpuMs }) => ms > 0 && cpuMs >= 0));
  const { a, b } = fillAll(workload.tensors());
  for (const [row, column] of [
    [0, 0],
    [7, 500],
    [511, 3],
  ]) {
    let sum = 0;
    for (let k = 0; k < 512; k++) sum += a.values[512 * row + k] * b.values[512 * k + column];
    assert.ok(Math.abs((visit.outputs?.y[512 * row + column] ?? Number.NaN) - sum) < 1e-3);
  }
});

there("what it cannot do is told in a line", async () => {
  assert.ok(pytorch);
  const unknown = { ...findWorkload("matmul 512"), name: "matmul 3" };
  const { failed } = await visitPyTorch(pytorch, unknown, { steadyMs: 1, maxCalls: 1, timeoutMs: 60_000 });
  assert.match(failed ?? "", /^KeyError: 'matmul 3'$/);
});

test("it has a column where it was measured, and none where it was not", () => {
  const measured = { ms: 10, spread: 0.1, cpuMs: 20, firstMs: 100, firstCpuMs: 150, bytes: 2 ** 20, rounds: 3, calls: 9 };
  const row: Row = {
    ...{ workload: "matmul 512", goal: "product", ours: measured, peers: {}, bound: false, pytorch: { ...measured, ms: 1.25, bytes: 0 } },
    ...{ ratio: null, cpuRatio: null, firstRatio: null, bytesRatio: null, met: [], missed: [] },
  };
  const { pytorch: _, ...without } = row;
  const report = (rows: readonly Row[], version?: string): BenchReport => ({
    ...{ command: "npm run bench", adapter: "system", description: "some adapter", peers: {}, cores: 2 },
    ...{ ceiling: { gflops: 30, gbps: 4 }, minutes: 1, rows, failed: {}, ...(version ? { pytorch: version } : {}) },
  });
  const text = toMarkdown(
    report([row, { ...without, workload: "sum" }, { ...row, workload: "conv", pytorch: { differs: "by 1" } }], "9.9"),
  );
  assert.match(text, /PyTorch 9\.9 computes on the same 2 cores without WebGPU; it is in no ratio/);
  assert.match(text, /\| PyTorch, CPU \|/);
  assert.match(text, /^\| matmul 512 .*\| 1\.25 ms \| – \|/m);
  assert.match(text, /^- conv, PyTorch: differs, by 1$/m);
  assert.not.match(toMarkdown(report([without])), /PyTorch/);
  assert.is(readOptions(["--libraries", "intarsia"]).pytorch, "no");
  assert.is(readOptions(["--libraries", "pytorch"]).pytorch, "wanted");
  assert.is(readOptions([]).pytorch, "if installed");
});

test.run();
