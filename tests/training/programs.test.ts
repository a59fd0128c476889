/** What every study shares: the programs of a run around one store. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, input, variable } from "../../src/graph/index.ts";
import { createProgramCache } from "../../src/training/programs.ts";

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
