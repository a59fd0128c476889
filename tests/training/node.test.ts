/** The folder of a run in Node: whole files, a line of progress, and an end by a signal. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Interrupted, type Progress } from "../../src/training/index.ts";
import { folderHost, INTERRUPTED } from "../../src/training/node.ts";
import { progressText } from "../../src/training/meter.ts";

const root = mkdtempSync(join(tmpdir(), "intarsia-host-"));
test.after(() => rmSync(root, { recursive: true }));

test("files are written whole, appended, read, and found", async () => {
  const folder = join(root, "a", "b");
  const { files } = folderHost(folder);
  assert.is(await files.read("x"), null);
  assert.not.ok(existsSync(folder));
  await files.write("x", [Uint8Array.of(1), Uint8Array.of(2, 3)]);
  await files.append("log", "one\n");
  await files.append("log", "two\n");
  assert.equal(await files.read("x"), Uint8Array.of(1, 2, 3));
  assert.is(readFileSync(files.locate("log"), "utf8"), "one\ntwo\n");
  assert.equal(readdirSync(folder).sort(), ["log", "x"]);
});

test("signals are listened to only while a run goes on, and not with a signal of one's own", () => {
  const before = process.listenerCount("SIGINT");
  const host = folderHost(root);
  assert.is(process.listenerCount("SIGINT"), before);
  const end = host.begin?.();
  assert.is(process.listenerCount("SIGINT"), before + 1);
  end?.();
  assert.is(process.listenerCount("SIGINT"), before);
  const own = new AbortController();
  const other = folderHost(root, { signal: own.signal });
  const over = other.begin?.();
  assert.is(process.listenerCount("SIGINT"), before);
  own.abort();
  over?.(new Interrupted("stopped"));
  assert.is(other.signal, own.signal);
});

test("an error of another kind is not hidden by a signal", async () => {
  const code = (thrown: string): string => `import { folderHost } from "./src/training/node.ts";
    import { Interrupted } from "./src/training/index.ts";
    const end = folderHost(${JSON.stringify(join(root, "none"))}).begin();
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => { end(${thrown}); console.log("went on"); }, 300);`;
  const other = await ended(code('new Error("other")'));
  assert.equal([other.code, other.stdout], [0, "went on\n"]);
  const stopped = await ended(code('new Interrupted("stopped")'));
  assert.equal([stopped.code, stopped.stdout], [INTERRUPTED, ""]);
  assert.match(stopped.stderr, /saving, then leaving .*\nstopped before there was anything to save\n$/);
});

function ended(code: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const args = ["--conditions=intarsia-source", "--import", "tsx", "--input-type=module", "-e", code];
  const child = spawn(process.execPath, args);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  return new Promise((resolve) => child.once("close", (status) => resolve({ code: status, stdout, stderr })));
}

test("progress is one line: steps within a round, and what was logged at its end", () => {
  const event: Progress = { phase: "train", step: 30, steps: 80, epoch: 2, epochs: 5, loss: 0.51234, rate: 120.4, remaining: 75 };
  assert.is(progressText(event), "round 2/5  step 30/80  loss 0.5123  120 samples/s  75 s left");
  const metrics = { epoch: 2, step: 32, learningRate: 0.1, loss: 0.5, "validation accuracy": 0.98765 };
  assert.is(progressText({ ...event, epochEnded: true, metrics }), "round 2/5  loss 0.5  validation accuracy 0.9877  120 samples/s");
});

test.run();
