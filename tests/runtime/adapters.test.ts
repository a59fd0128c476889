/** Which adapter is taken, in processes with environments of their own. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import type { AdapterKind } from "../../src/runtime/device.ts";
import { ADAPTER_KINDS, openKind } from "../../src/runtime/node.ts";

const CHILD = ["--conditions=intarsia-source", "--import", import.meta.resolve("tsx"), "-e"];
/** Names a driver manifest that does not exist: the machine's own drivers vanish. */
const NO_DRIVERS = { VK_ICD_FILENAMES: "/nonexistent/driver.json", VK_DRIVER_FILES: "/nonexistent/driver.json" };

/** Runs `code` with `openDevice` in scope in a new process; INTARSIA_ADAPTER is what `environment` says, or absent. */
function child(code: string, environment: NodeJS.ProcessEnv = {}, cwd = "."): SpawnSyncReturns<string> {
  const { INTARSIA_ADAPTER: _, ...inherited } = process.env;
  const text = `import("./src/runtime/node.ts").then(async ({ openDevice }) => { ${code} }).catch((e) => {
    console.log(e.name + ": " + e.message);
    process.exitCode = 9;
  });`;
  return spawnSync(process.execPath, [...CHILD, text], { encoding: "utf8", cwd, env: { ...inherited, ...environment }, timeout: 60_000 });
}

const OPEN = "const d = await openDevice(); console.log(d.kind); d.close();";

async function withFolder(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "intarsia-test-"));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("each kind that the machine has opens by the option and by the environment, and closes with exit code 0", async () => {
  const found: AdapterKind[] = [];
  for (const kind of ADAPTER_KINDS) {
    const device = await openDevice({ adapter: kind }).catch((error: Error) => {
      assert.match(error.message, new RegExp(`^no WebGPU adapter: ${kind}: `));
    });
    if (device) found.push(kind);
    device?.close();
    const { status, stdout } = child(OPEN, { INTARSIA_ADAPTER: kind });
    assert.is(status, device ? 0 : 9, stdout);
    if (device) assert.is(stdout, `${kind}\n`);
  }
  console.log(`# adapters here: ${found.join(", ")}`);
  assert.ok(found.includes("embedded") || process.platform !== "linux" || process.arch !== "x64");
  assert.is(child(OPEN).stdout, `${found[0]}\n`, "the best kind is taken");
});

test("the option beats the environment, and unknown names are errors", () => {
  const option = 'const d = await openDevice({ adapter: "embedded" }); console.log(d.kind); d.close();';
  assert.is(child(option, { INTARSIA_ADAPTER: "hardware" }).stdout, "embedded\n");
  const { stdout, status } = child(OPEN, { INTARSIA_ADAPTER: "gpu" });
  assert.is(status, 9);
  assert.is(stdout, "DeviceError: INTARSIA_ADAPTER=gpu is unknown; the kinds are hardware, system, embedded\n");
  assert.match(child('await openDevice({ adapter: "Hardware" })').stdout, /adapter "Hardware" is unknown/);
  assert.is(child(OPEN, { INTARSIA_ADAPTER: "" }).status, 0, "an empty variable forces nothing");
});

test("without drivers of its own a machine gets the embedded adapter", () => {
  const { stdout, status } = child(OPEN, NO_DRIVERS);
  assert.is(stdout, "embedded\n");
  assert.is(status, 0);
});

test("no adapter at all is one error that says why, kind by kind", () =>
  withFolder((folder) => {
    chmodSync(folder, 0o700);
    symlinkSync("/", join(folder, `intarsia-${userInfo().uid}`));
    const { stdout, status } = child(OPEN, { ...NO_DRIVERS, TMPDIR: folder });
    assert.is(status, 9);
    assert.match(
      stdout,
      /^DeviceError: no WebGPU adapter: hardware: no GPU .*; system: no software .*; embedded: .* remove it, or set TMPDIR.*\n$/,
    );
  }));

test("kinds live side by side in one process, in any order, and the environment is left as it was", async () => {
  const before = { ...process.env };
  const kinds: AdapterKind[] = ["embedded", "system", "embedded", "system"];
  const devices = await Promise.all(kinds.map((kind) => openKind(kind).catch(() => undefined)));
  for (const [i, device] of devices.entries()) if (device) assert.is(device.kind, kinds[i]);
  assert.ok(devices[0] && devices[2]);
  for (const device of devices) device?.close();
  assert.equal({ ...process.env }, before);
});

test("a process whose device is dropped, unclosed, still ends with exit code 0", () => {
  const { status, stdout, stderr } = child("await openDevice(); globalThis.gc?.(); console.log('done');");
  assert.is(status, 0, stderr);
  assert.is(stdout, "done\n");
});

test("four processes unpack at once, nobody sees half a folder, and a damaged one is mended", () =>
  withFolder(async (folder) => {
    const cache = join(folder, `intarsia-${userInfo().uid}`);
    const environment = { ...process.env, TMPDIR: folder, INTARSIA_ADAPTER: "embedded" };
    const four = () => Promise.all([1, 2, 3, 4].map(() => kindOpened(environment)));
    assert.equal(await four(), ["embedded", "embedded", "embedded", "embedded"]);
    const [name, ...others] = readdirSync(cache);
    assert.match(name, /^swiftshader-\d/);
    assert.equal(others, [], "no scratch folder is left");
    truncateSync(join(cache, name, "libvk_swiftshader.so"), 1000);
    rmSync(join(cache, name, "vk_swiftshader_icd.json"));
    assert.equal(await four(), ["embedded", "embedded", "embedded", "embedded"]);
    assert.equal(readdirSync(cache), [name]);
    assert.ok(existsSync(join(cache, name, "vk_swiftshader_icd.json")));
  }));

test("a cache folder that others may write to is refused", () =>
  withFolder((folder) => {
    const cache = join(folder, `intarsia-${userInfo().uid}`);
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    const { stdout, status } = child(OPEN, { TMPDIR: folder, INTARSIA_ADAPTER: "embedded" });
    assert.is(status, 9);
    assert.match(stdout, /not a folder that only you can write to/);
  }));

test("without the package that carries it, the embedded adapter is one clear error", () =>
  withFolder((folder) => {
    cpSync("src/runtime", join(folder, "src/runtime"), { recursive: true });
    cpSync("package.json", join(folder, "package.json"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(resolve("node_modules/webgpu"), join(folder, "node_modules/webgpu"));
    const { status, stdout } = child(OPEN, { INTARSIA_ADAPTER: "embedded" }, folder);
    assert.is(status, 9);
    assert.match(stdout, /^DeviceError: no WebGPU adapter: embedded: the npm package @sparticuz\/chromium, .* is not installed\n$/);
  }));

/** Opens a device in a process of its own, without waiting for it here. */
async function kindOpened(env: NodeJS.ProcessEnv): Promise<string> {
  const { spawn } = await import("node:child_process");
  const code = `import("./src/runtime/node.ts").then(async ({ openDevice }) => { ${OPEN} });`;
  const started = spawn(process.execPath, [...CHILD, code], { env, stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  started.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise((resolve) => started.once("close", resolve));
  return status === 0 ? output.trim() : `exit code ${status}: ${output}`;
}

test.run();
