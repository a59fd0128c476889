/** `intarsia doctor`, in processes of its own. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Diagnosis } from "../../src/cli/inspect/doctor.ts";

function doctor(options: object, environment: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  const { INTARSIA_ADAPTER: _, ...inherited } = process.env;
  const code = `import("./src/cli/inspect/doctor.ts").then(async ({ doctor }) => (process.exitCode = await doctor(${JSON.stringify(options)})));`;
  const args = ["--conditions=intarsia-source", "--import", "tsx", "-e", code];
  return spawnSync(process.execPath, args, { encoding: "utf8", env: { ...inherited, ...environment }, timeout: 60_000 });
}

const NO_DRIVERS = { VK_ICD_FILENAMES: "/nonexistent/driver.json", VK_DRIVER_FILES: "/nonexistent/driver.json" };

test("--json is one object with the adapter, its limits, its measured speed and every kind that was tried", () => {
  const { status, stdout } = doctor({ json: true });
  assert.is(status, 0);
  const { node, adapter, ceilings, tried, forced, advice }: Diagnosis = JSON.parse(stdout);
  assert.is(node, process.version);
  assert.is(forced, null);
  assert.equal(
    tried.map(({ kind }) => kind),
    ["hardware", "system", "embedded"],
  );
  for (const { found, reason } of tried) assert.ok((found === undefined) !== (reason === undefined));
  assert.is(adapter.kind, tried.find(({ found }) => found)?.kind);
  assert.ok(adapter.limits.maxStorageBuffersPerShaderStage >= 8);
  assert.ok(Array.isArray(adapter.features));
  assert.ok(ceilings.gflops > 0 && ceilings.gbps > 0);
  assert.is(advice.length > 0, adapter.software);
  console.log(`# ${adapter.description}: ${ceilings.gflops.toFixed(1)} GFLOP/s, ${ceilings.gbps.toFixed(1)} GB/s`);
});

test("the text says how to get a faster adapter than the embedded one", () => {
  const { status, stdout } = doctor({}, NO_DRIVERS);
  assert.is(status, 0);
  assert.match(stdout, /^Adapter {5}SwiftShader/);
  assert.match(stdout, /\d GFLOP\/s multiply-add, [\d.]+ GB\/s copy \(measured\)/);
  assert.match(stdout, /hardware {2}none: no GPU/);
  if (process.platform === "linux") assert.match(stdout, /apt install -t bookworm-backports libvulkan1 mesa-vulkan-drivers/);
});

test("no adapter, or an unknown kind, is one line and exit code 2", () => {
  const none = doctor({ json: true }, { ...NO_DRIVERS, INTARSIA_ADAPTER: "system" });
  assert.is(none.status, 2);
  assert.is(none.stdout, "");
  assert.match(none.stderr, /^intarsia doctor: no WebGPU adapter: system: no software Vulkan driver .*\n$/m);
  const unknown = doctor({}, { INTARSIA_ADAPTER: "fast" });
  assert.is(unknown.status, 2);
  assert.is(unknown.stderr, "intarsia doctor: INTARSIA_ADAPTER=fast is unknown; the kinds are hardware, system, embedded\n");
  const debug = doctor({}, { INTARSIA_DEBUG: "plans" });
  assert.is(debug.status, 2);
  assert.match(debug.stderr, /^intarsia doctor: INTARSIA_DEBUG: "plans" is unknown; it takes plan, [^\n]+\n$/);
});

test.run();
