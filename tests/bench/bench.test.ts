/** `npm run bench` measures something: one workload of it, beside the adapter's ceilings. */
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";

test("a workload gets its line, with a share of the ceiling", () => {
  const args = ["--conditions=intarsia-source", "--import", "tsx", "bench/run.ts", "relu"];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 120_000 });
  assert.is(status, 0, stderr);
  assert.match(stdout, /^ceilings: [\d.]+ GFLOP\/s, [\d.]+ GB\/s$/m);
  const cells = /^relu\(x \+ 1\) \* 2, 4M.* ([\d.]+) +([\d.]+) GB\/s +(\d+) %$/m.exec(stdout);
  assert.ok(
    cells?.slice(1).every((cell) => Number(cell) > 0),
    stdout,
  );
});

test.run();
