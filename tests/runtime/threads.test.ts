/** Worker threads: one that ends by itself leaves the process alone, and one that cannot gets no device. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { SHARE_ENV, Worker, type WorkerOptions } from "node:worker_threads";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";

/** The thread's file is TypeScript, which a thread learns to read by itself. */
const START = `
  const { workerData } = require("node:worker_threads");
  import("tsx/esm/api").then(({ register }) => { register(); return import(workerData.file); });
`;

function thread({
  env = SHARE_ENV,
  signalled = true,
  size = 64,
}: {
  env?: WorkerOptions["env"];
  signalled?: boolean;
  size?: number;
} = {}): Worker {
  const file = new URL("./thread.ts", import.meta.url).href;
  return new Worker(START, { eval: true, env, workerData: { file, signalled, size } });
}

const message = async (worker: Worker): Promise<string> => String((await once(worker, "message"))[0]);
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("a thread is stopped in the middle of its calls, again and again, and the process lives", async () => {
  const device = await openDevice();
  for (const milliseconds of [0, 1, 3, 10, 30]) {
    const worker = thread({ size: milliseconds === 30 ? 512 : 64 });
    assert.is(await message(worker), device.description);
    await sleep(milliseconds);
    const [said, [code]] = await Promise.all([message(worker), once(worker, "exit"), worker.postMessage("stop")]);
    assert.match(said, /the device was lost \(closed\)|told to stop/);
    assert.is(code, 0);
  }
  device.close();
});

test("without a signal there is no device, and terminating the thread is harmless", async () => {
  const worker = thread({ signalled: false });
  assert.match(await message(worker), /^a worker thread that is terminated .* give openDevice an `until: AbortSignal`.*docs\/threads\.md/);
  await worker.terminate();
});

test("a thread whose environment Dawn does not see has no embedded adapter, instead of another one", async () => {
  const worker = thread({ env: { ...process.env, INTARSIA_ADAPTER: "embedded" } });
  assert.match(await message(worker), /start the worker thread with \{ env: SHARE_ENV \}/);
  worker.postMessage("stop");
  assert.equal(await once(worker, "exit"), [0]);
});

test("the recipe of docs/threads.md", async () => {
  const [threadText, mainText] = [...readFileSync("docs/threads.md", "utf8").matchAll(/```js\n([\s\S]*?)```/g)].map((found) => found[1]);
  mkdirSync(".cache", { recursive: true });
  const folder = mkdtempSync(".cache/threads-");
  try {
    writeFileSync(`${folder}/recipe.ts`, threadText);
    writeFileSync(`${folder}/thread.js`, 'import { register } from "tsx/esm/api";\nregister();\nawait import("./recipe.ts");\n');
    writeFileSync(`${folder}/main.mjs`, mainText);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--conditions=intarsia-source", `${folder}/main.mjs`], {
      encoding: "utf8",
    });
    assert.is(stdout, "1\nended with 0\n", stderr);
    assert.is(status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a signal closes a device of the main thread, too, and an aborted one opens none", async () => {
  const stop = new AbortController();
  const device = await openDevice({ until: stop.signal });
  assert.is(device.isLost(), false);
  stop.abort(new Error("enough"));
  assert.is(device.isLost(), true);
  assert.is((await device.lost).reason, "closed");
  const late = await openDevice({ until: stop.signal }).catch((error: unknown) => error);
  assert.is((late as Error).message, "enough");
});

test.run();
