/** Explanations and measurements that are given up in the middle: between submits, where `flopsPerSubmit` makes several. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { createStore } from "../../src/kernels/index.ts";
import { createExplainer, CURVE_STEPS, ranked } from "../../src/explain/index.ts";
import { fill } from "../models/golden.ts";
import { tiny } from "./networks.ts";

const SHAPE = [3, 12, 12] as const;
const image = Float32Array.from(fill("a", SHAPE));

async function explainer(flopsPerSubmit?: number) {
  const device = await openDevice();
  const store = createStore(device, { seed: 3 });
  return {
    device,
    own: await createExplainer(device, { build: tiny, store, shape: SHAPE, methods: ["grad-cam"], probed: 1, flopsPerSubmit }),
  };
}

/** Whether work that is stopped as soon as it has begun gives up. */
async function stops(work: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
  const controller = new AbortController();
  const done = work(controller.signal).then(
    () => false,
    (error: unknown) => {
      assert.is((error as Error).name, "AbortError");
      return true;
    },
  );
  // The first submit is on its way by then: feeds are taken and submitted before `call` returns.
  await Promise.resolve();
  controller.abort();
  return done;
}

test("in one submit an explanation is run to its end; in several it is left, and the next one is whole", async () => {
  const whole = await explainer();
  assert.is(await stops((signal) => whole.own.explain([image], [ranked(0)], signal)), false);
  const [expected] = await whole.own.explain([image], [ranked(0)]);
  whole.device.close();
  const { device, own } = await explainer(1);
  assert.is(await stops((signal) => own.explain([image], [ranked(0)], signal)), true);
  const [found] = await own.explain([image], [ranked(0)]);
  assert.equal(found.maps[0].map, expected.maps[0].map);
  device.close();
});

test("a measurement is left in the middle of a picture, and reports what is done until then", async () => {
  const { device, own } = await explainer(1);
  const [{ maps }] = await own.explain([image], [ranked(0)]);
  const marks = [{ heat: maps[0].heat, target: maps[0].class }];
  const controller = new AbortController();
  const seen: number[] = [];
  const progress = (done: number): void => {
    seen.push(done);
    if (done === 3) setTimeout(() => controller.abort(), 0);
  };
  const outcome = await own.measure(image, marks, CURVE_STEPS, { signal: controller.signal, progress }).catch((error: Error) => error.name);
  assert.is(outcome, "AbortError");
  assert.equal(seen.slice(0, 4), [0, 1, 2, 3]);
  assert.ok(seen.length < 23, seen.join());
  device.close();
});

test.run();
