/** INTARSIA_DEBUG and `openDevice({ debug })`: programs that print their plan and their profile. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { input, mul } from "../../../src/graph/index.ts";
import { compile } from "../../../src/kernels/index.ts";
import { parseDebug } from "../../../src/runtime/debug.ts";
import { DeviceError } from "../../../src/runtime/index.ts";
import { rejects } from "./spy.ts";

const PROGRAM = ["--conditions=intarsia-source", "--import", "tsx", "tests/kernels/run/debug-program.ts"];

/** What the programs print, on standard output and on standard error. */
const run = (debug?: string) => promisify(execFile)(process.execPath, PROGRAM, { env: { ...process.env, INTARSIA_DEBUG: debug } });

test("plan and profile of programs that do not ask for them, on standard error; their results stay", async () => {
  const [silent, debugged] = await Promise.all([run(), run("plan:step, profile=3")]);
  assert.is(debugged.stdout, silent.stdout);
  assert.not.match(silent.stderr, /program "/);
  const { stderr } = debugged;
  assert.match(stderr, /^program "a step": 2 kernels, \d pipelines\n#.*\n0 +matmul .*\n1 +update of count /m);
  assert.not.match(stderr, /^program "a sum"/m);
  assert.match(stderr, /^profile of program "a step": medians of 2 runs after the first\n#.*\n\d +(matmul|update of count) .* %/m);
  assert.match(stderr, /^profile of program "a sum": its first run, in which drivers compile\n#.*\n0 +sum .* %.*\n1 kernels: /m);
});

test("a profile is printed once: after so many runs, or when the program is disposed", async () => {
  const printed: string[] = [];
  const debug = parseDebug("profile=2", "debug");
  const device = await openDevice();
  const listening = { ...device, debug: debug && { ...debug, print: (text: string) => printed.push(text) } };
  const x = input("x", [8]);
  const program = await compile(listening, { name: "double", outputs: { y: mul(x, 2) } });
  const feeds = { x: new Float32Array(8).fill(3) };
  for (const runs of [0, 0, 1]) {
    assert.is(printed.length, runs);
    assert.equal([...(await program.call(feeds)).y], new Array(8).fill(6));
  }
  program.dispose();
  const short = await compile(listening, { name: "short", outputs: { y: mul(x, 2) } });
  const unused = await compile(listening, { name: "unused", outputs: { y: mul(x, 2) } });
  await short.run(feeds);
  short.dispose();
  unused.dispose();
  device.close();
  await device.lost;
  assert.equal(
    printed.map((text) => /program "(\w+)"/.exec(text)?.[1]),
    ["double", "short"],
  );
});

test("names, runs, and what is not understood", async () => {
  assert.is(parseDebug("", "debug"), null);
  assert.is(parseDebug(" , ", "debug"), null);
  const debug = parseDebug("profile=20:critic,profile:step,plan", "debug");
  assert.equal(
    ["critic step", "a step", "another"].map((name) => [debug?.plan(name), debug?.profiledRuns(name)]),
    [
      [true, 20],
      [true, 10],
      [true, 0],
    ],
  );
  for (const text of ["plans", "plan=3", "profile=0", "profile=x", "profile=", "plan:", "wgsl,plan"])
    assert.throws(
      () => parseDebug(text, "INTARSIA_DEBUG"),
      /^INTARSIA_DEBUG: "[^"]+" is unknown; it takes plan, profile or profile=RUNS/,
      text,
    );
  await rejects(() => openDevice({ debug: "pln" }), /^debug: "pln" is unknown/, DeviceError);
});

test.run();
