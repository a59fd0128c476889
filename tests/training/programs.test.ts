/** What every study shares: checked settings, and the programs of a run around one store. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../src/data/errors.ts";
import { real, whole } from "../../src/data/interval.ts";
import { add, input, variable } from "../../src/graph/index.ts";
import { checkSettings, configDifferences } from "../../src/training/config.ts";
import { createProgramCache } from "../../src/training/programs.ts";

test("settings: names and intervals are checked, and the message names file and setting", () => {
  const rules = { names: { method: ["a", "b"] }, numbers: { epochs: whole(1, 9), rate: real(0, 1) } };
  const good = { method: "a", epochs: 3, rate: 0.5, more: true };
  checkSettings(good, rules, "run.json");
  const refused = (change: object): string => {
    try {
      checkSettings({ ...good, ...change }, rules, "run.json");
    } catch (error) {
      assert.instance(error, UserError);
      return (error as Error).message;
    }
    throw new Error("nothing was thrown");
  };
  assert.is(refused({ method: "c" }), "run.json: method must be one of a, b, got c");
  assert.is(refused({ epochs: 2.5 }), "run.json: epochs must be a whole number from 1 to 9, got 2.5");
  assert.is(refused({ rate: "0.5" }), "run.json: rate must be a number, got 0.5");
  assert.is(refused({ epochs: undefined }), "run.json: epochs must be a number, got undefined");
});

test("configs: each difference with both values, also of a setting that only one has", () => {
  assert.equal(configDifferences({ epochs: 8, seed: 1 }, { epochs: 6, seed: 1 }), ["epochs 8 (not 6)"]);
  assert.equal(configDifferences({ seed: 1, adapter: "x" }, { seed: 1 }), ["adapter x (not undefined)"]);
});

test("programs of one name are one, share their variables, and are compiled again after a failure", async () => {
  const device = await openDevice();
  const programs = createProgramCache(device, { seed: 1 });
  let builds = 0;
  const build = (by: number) => {
    builds++;
    const count = variable("count", []);
    return { outputs: { count }, updates: [[count, add(count, by)] as const] };
  };
  const one = await programs.get("one", () => build(1));
  assert.is(await programs.get("one", () => build(1)), one);
  assert.is(builds, 1);
  const ten = await programs.get("ten", () => build(10));
  await one.run();
  await ten.run();
  assert.equal([...(await programs.store.read("count"))], [11]);
  assert.ok(programs.peakBytes() > 0);

  // A variable of another shape under the same path cannot be compiled.
  const wrong = { outputs: { y: add(variable("count", [2]), input("x", [2])) } };
  let failed = false;
  await programs.get("late", () => wrong).catch(() => (failed = true));
  assert.ok(failed && !programs.has("late"));
  await programs.get("late", () => build(0));
  programs.dispose();
  device.close();
});

test.run();
