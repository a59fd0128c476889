/** The same `openDevice` in a browser, and a harness that leaves nothing behind. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Device } from "../../src/runtime/device.ts";
import { bundle, runInBrowser } from "./harness.ts";

const PAGES = "tests/browser/pages";

test("openDevice in a page gives a device that computes", async () => {
  const lines: string[] = [];
  const values = [1, -2, 0.5, 8];
  const result = await runInBrowser(`${PAGES}/device.ts`, { args: values, onLog: (line) => lines.push(line) });
  const { kind, software, limits, doubled, refused, lost } = result as Pick<Device, "kind" | "software" | "limits"> &
    Record<string, unknown>;
  assert.is(kind, "browser");
  assert.is(software, true);
  assert.is(limits.maxComputeWorkgroupsPerDimension, 8);
  assert.equal(
    doubled,
    values.map((x) => 2 * x),
  );
  assert.match(String(refused), /only in Node/);
  assert.equal(lost, { reason: "closed", message: "close() was called" });
  assert.match(lines.join("\n"), /^opened /);
});

test("an error in the page is the caller's error", async () => {
  try {
    await runInBrowser(`${PAGES}/throws.ts`);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /in the browser: .*the page's own words/);
  }
});

test("a page that never ends is ended", async () => {
  try {
    await runInBrowser(`${PAGES}/hangs.ts`, { timeoutMs: 3000 });
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /no result after 3000 ms\nstill here/);
  }
});

test("a bundle that needs Node is refused", async () => {
  try {
    await bundle("src/runtime/node.ts");
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /Could not resolve "node:os"/);
  }
});

test("a killed runner leaves no browser behind", async () => {
  const marker = `marker=${process.pid}`;
  const code = `import("./tests/browser/chromium.ts").then(async ({ launch }) => {
    await launch("about:blank?${marker}");
    console.log("launched");
    setInterval(() => 0, 1000);
  });`;
  const runner = spawn(process.execPath, ["--conditions=intarsia-source", "--import", "tsx", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => runner.stdout.once("data", resolve));
  await until(() => processesWith(marker) > 1);
  runner.kill("SIGKILL");
  await until(() => processesWith(marker) === 0);
});

/** How many running processes have `word` on their command line. */
function processesWith(word: string): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word) && pid !== String(process.pid);
    } catch {
      return false;
    }
  }).length;
}

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not within ten seconds: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test.run();
