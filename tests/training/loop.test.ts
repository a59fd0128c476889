/** The loop without a GPU: resuming, interrupting, stopping at what is not finite, and how rarely it waits. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../src/data/errors.ts";
import { Interrupted } from "../../src/training/errors.ts";
import { memoryFiles, type RunFiles } from "../../src/training/host.ts";
import { train, type TrainOptions } from "../../src/training/loop.ts";
import { readMetrics } from "../../src/training/metrics-log.ts";
import { CHECKPOINT_FILE } from "../../src/training/checkpoint.ts";
import type { TrainingSpec } from "../../src/training/types.ts";
import { type Fake, type FakeHost, fakeHost, type FakeOptions, fakeTraining } from "./fake.ts";

const STEPS = 18;

async function thrown(run: Promise<unknown>): Promise<Error> {
  try {
    await run;
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

async function finish(options: FakeOptions = {}, host = fakeHost(), how: TrainOptions = {}): Promise<Fake> {
  const fake = fakeTraining(options);
  await train(host, fake.spec, how);
  return fake;
}

/** A spec whose step `at` aborts the run when it is asked for. */
function abortAt(spec: TrainingSpec, host: FakeHost, at: number): TrainingSpec {
  let asked = 0;
  return {
    ...spec,
    plan(epoch) {
      const plan = spec.plan(epoch);
      return {
        ...plan,
        step(index) {
          if (asked++ === at) host.abort.abort();
          return plan.step(index);
        },
      };
    },
  };
}

test("a resumed run ends in the same bits as an uninterrupted one, wherever it was interrupted", async () => {
  const whole = await finish();
  const wholeMetrics = fakeHost();
  await finish({}, wholeMetrics);
  for (let at = 0; at < STEPS; at++) {
    const host = fakeHost();
    const first = fakeTraining();
    const error = await thrown(train(host, abortAt(first.spec, host, at), {}));
    assert.instance(error, Interrupted);
    assert.match(error.message, new RegExp(`^interrupted at step ${at + 1} of ${STEPS}; saved in checkpoint.safetensors$`));
    const again = await finish({}, fakeHost(host.files), { resume: true });
    assert.equal(again.values, whole.values, `interrupted at step ${at}`);
    assert.is(first.runs() + again.runs(), STEPS);
    assert.equal(await readMetrics(host.files), await readMetrics(wholeMetrics.files));
  }
});

test("interrupted during an epoch's last duties, these are done again", async () => {
  const host = fakeHost();
  const judged: number[] = [];
  const overrides: Partial<TrainingSpec> = {
    async afterEpoch(epoch) {
      judged.push(epoch);
      if (judged.length === 2) {
        host.abort.abort();
        throw new Interrupted("stop");
      }
      return { validationError: epoch };
    },
  };
  assert.instance(await thrown(finish({ overrides }, host)), Interrupted);
  assert.is((await readMetrics(host.files)).length, 1);
  const again = await finish({ overrides }, fakeHost(host.files), { resume: true });
  assert.equal(judged, [0, 1, 1, 2]);
  assert.equal(again.values, (await finish()).values);
  assert.equal(
    (await readMetrics(host.files)).map(({ epoch, validationError }) => [epoch, validationError]),
    [
      [1, 0],
      [2, 1],
      [3, 2],
    ],
  );
});

test("a signal that stops the preparation of a step loses nothing", async () => {
  const host = fakeHost();
  const { spec } = fakeTraining();
  const plan: TrainingSpec["plan"] = (epoch) => ({
    ...spec.plan(epoch),
    async step(index) {
      if (epoch === 1 && index === 2) {
        host.abort.abort();
        host.signal.throwIfAborted();
      }
      return spec.plan(epoch).step(index);
    },
  });
  const error = await thrown(train(host, { ...spec, plan }));
  assert.match(error.message, /^interrupted at step 7 of 18; saved/);
  assert.equal((await finish({}, fakeHost(host.files), { resume: true })).values, (await finish()).values);
});

test("it waits for the device only every few steps", async () => {
  const fake = await finish({ overrides: { readEvery: 6 } });
  assert.is(fake.runs(), STEPS);
  // Two outputs each, after steps 1, 5 (epoch), 6, 12 (epoch) and 18 (epoch).
  assert.is(fake.reads(), 2 * 5);
});

test("metrics: one line per epoch; progress: loss, rate, time left", async () => {
  const host = fakeHost();
  await finish({ overrides: { readEvery: 2 } }, host);
  const metrics = await readMetrics(host.files);
  assert.equal(
    metrics.map(({ epoch, step }) => [epoch, step]),
    [
      [1, 5],
      [2, 12],
      [3, 18],
    ],
  );
  assert.ok(metrics.every(({ loss, learningRate }) => loss > 0 && learningRate > 0));
  const ends = host.events.filter(({ epochEnded }) => epochEnded);
  assert.is(ends.length, 3);
  const last = host.events[host.events.length - 1];
  assert.is(last.remaining, 0);
  assert.ok((last.rate ?? 0) > 0 && (last.loss ?? 0) > 0);
});

test("a step that is not finite: the last good state is saved, the step and the node are named", async () => {
  for (const badStep of [0, 7, 12, 17]) {
    const host = fakeHost();
    const fake = fakeTraining({ badStep, overrides: { readEvery: 4 } });
    const error = await thrown(train(host, fake.spec));
    assert.instance(error, UserError);
    assert.match(
      error.message,
      new RegExp(
        `not finite in step ${badStep + 1} \\(epoch \\d\\): first at log at loss \\(step ${badStep}\\); the last good state is saved`,
      ),
    );
    assert.not.match(error.message, /\n/);
    // From what was saved, and with the feed mended, the run ends as if nothing had been wrong.
    const again = await finish({}, fakeHost(host.files), { resume: true });
    assert.equal(again.values, (await finish()).values);
  }
});

test("saves in the middle of an epoch when it takes long", async () => {
  const host = fakeHost();
  let saves = 0;
  const files: RunFiles = {
    ...host.files,
    write(name, content) {
      if (name === CHECKPOINT_FILE) saves += 1;
      return host.files.write(name, content);
    },
  };
  await finish({ overrides: { saveEvery: 0 } }, { ...host, files: { ...files, content: host.files.content } });
  assert.ok(saves > 10, `${saves} saves`);
});

test("resuming what cannot be resumed: one clear line each", async () => {
  const saved = fakeHost();
  const fake = fakeTraining();
  await thrown(train(saved, abortAt(fake.spec, saved, 8)));
  const bytes = saved.files.content.get(CHECKPOINT_FILE)!;
  const cases: [options: FakeOptions, content: Uint8Array | null, message: RegExp][] = [
    [{}, null, /cannot resume: there is no checkpoint/],
    [{}, bytes.slice(0, bytes.length - 3), /cut short/],
    [{}, bytes.map((byte, i) => (i === bytes.length - 2 ? byte ^ 1 : byte)), /altered or damaged/],
    [{ identity: { seed: 2 } }, bytes, /made with seed 1 \(not 2\)/],
    [{ identity: { seed: 1, width: 3, depth: 2 } }, bytes, /it says nothing of width, depth; another version made it, so begin anew$/],
    [{ variant: "tiled" }, bytes, /program step .* ran matmul as plain, here it runs as tiled/],
  ];
  for (const [options, content, message] of cases) {
    const files = memoryFiles();
    if (content) files.content.set(CHECKPOINT_FILE, content);
    const error = await thrown(finish(options, fakeHost(files), { resume: true }));
    assert.instance(error, UserError);
    assert.match(error.message, message);
    assert.not.match(error.message, /\n/);
  }
});

test("a checkpoint of another architecture is refused", async () => {
  const saved = fakeHost();
  await thrown(train(saved, abortAt(fakeTraining().spec, saved, 3)));
  const other = fakeTraining();
  other.values.set("extra.weight", Float32Array.of(1, 2));
  const error = await thrown(train(fakeHost(saved.files), other.spec, { resume: true }));
  assert.match(error.message, /another architecture: missing optimizer\/extra.weight/);
});

test.run();
