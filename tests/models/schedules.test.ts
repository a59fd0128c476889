/** Learning rate schedules against PyTorch. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { schedules, type LearningRateSchedule } from "../../src/models/index.ts";

interface Golden {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly rates: readonly number[];
}

const golden = JSON.parse(readFileSync(new URL("../golden/schedules.json", import.meta.url), "utf8")) as readonly Golden[];

const ours: Readonly<Record<string, (config: never) => LearningRateSchedule>> = {
  constant: schedules.constant,
  step: schedules.step,
  multiStep: schedules.multiStep,
  exponential: schedules.exponential,
  linear: schedules.linear,
  cosine: schedules.cosine,
  warmUp: ({ lr, size, gamma, ...rest }: Parameters<typeof schedules.step>[0] & { readonly steps: number; readonly from: number }) =>
    schedules.warmUp(schedules.step({ lr, size, gamma }), rest),
  oneCycle: schedules.oneCycle,
};

for (const { name, config, rates } of golden)
  test(name, () => {
    const schedule = ours[name](config as never);
    rates.forEach((rate, t) => {
      assert.ok(Math.abs(schedule(t) - rate) < 1e-12, `step ${t}: ${schedule(t)}, PyTorch has ${rate}`);
    });
  });

test("every schedule has golden values", () => {
  assert.equal(golden.map(({ name }) => name).sort(), Object.keys(ours).sort());
  assert.equal(Object.keys(ours).sort(), Object.keys(schedules).sort());
});

test("after their end, cosine and one cycle stay where they are", () => {
  assert.is(schedules.cosine({ lr: 1, steps: 4, min: 0.1 })(9), 0.1);
  assert.ok(Math.abs(schedules.oneCycle({ lr: 1, steps: 4, start: 10, end: 10 })(9) - 0.01) < 1e-15);
});

test.run();
