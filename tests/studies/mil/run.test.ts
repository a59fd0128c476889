/** Whole runs on a device, at tiny width: results, determinism, resuming, stopping at what is not finite, bags that are too long. */

import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../../src/data/errors.ts";
import { encodePng } from "../../../src/data/node/png.ts";
import { decodeCheckpoint } from "../../../src/data/tensors/checkpoint.ts";
import { evaluate } from "../../../src/graph/index.ts";
import type { Device } from "../../../src/runtime/index.ts";
import { MIL_METHODS, type MilConfig, presetConfig } from "../../../src/studies/mil/config.ts";
import { readMilRun } from "../../../src/studies/mil/files.ts";
import { MODEL_FILE, REPORT_FILE, TIME_FILE } from "../../../src/training/run-files.ts";
import { judgeBags } from "../../../src/studies/mil/judge.ts";
import { parseBagManifest } from "../../../src/studies/mil/manifest.ts";
import { explainBag } from "../../../src/studies/mil/prefix.ts";
import { runMil } from "../../../src/studies/mil/run.ts";
import { bagSet, pixelsOf, setClassifier } from "../../../src/studies/mil/recipe.ts";
import { createSession, MAX_LENGTH } from "../../../src/studies/mil/session.ts";
import { drawSplits } from "../../../src/studies/mil/splits.ts";
import { type Capacity, trainingStep } from "../../../src/studies/mil/step.ts";
import { TASKS } from "../../../src/studies/mil/tasks.ts";
import { Interrupted } from "../../../src/training/errors.ts";
import type { Host, RunFiles } from "../../../src/training/host.ts";
import { createProgramCache, fit, type ProgramCache, type StepPart } from "../../../src/training/index.ts";
import { readMetrics } from "../../../src/training/metrics-log.ts";
import { CHECKPOINT_FILE } from "../../../src/training/checkpoint.ts";
import { type FakeHost, fakeHost } from "../../training/fake.ts";
import { smallDigits } from "./digits.ts";
import { feedsOf } from "./feeds.ts";

const data = smallDigits();
const version = "0.0.0";
const config: MilConfig = {
  ...presetConfig("quick", "single-digit", "lstm"),
  ...{ trainBags: 26, validationBags: 6, testBags: 12, epochs: 2, batch: 4 },
  ...{ channels1: 2, channels2: 4, features: 8, hidden: 8, attention: 4 },
};

let opened: Promise<Device> | null = null;
const device = (): Promise<Device> => (opened ??= openDevice());

/** A host whose pictures are real and which stops after `stopAt` looks at the device. */
function hostOf(files?: RunFiles & { content: Map<string, Uint8Array> }, stopAt = Number.POSITIVE_INFINITY): FakeHost {
  const host = fakeHost(files);
  let looks = 0;
  const progress: Host["progress"] = (event) => {
    host.events.push(event);
    if (event.phase === "train" && ++looks === stopAt) host.abort.abort();
  };
  return { ...host, encodePng, progress };
}

async function thrown(run: Promise<unknown>): Promise<Error> {
  const error = await run.then(
    () => null,
    (reason: Error) => reason,
  );
  if (!error) throw new Error("nothing was thrown");
  return error;
}

const done = new Map<string, FakeHost>();
/** A finished run of a config; the same config runs once. */
async function finished(changes: Partial<MilConfig> = {}): Promise<FakeHost> {
  const key = JSON.stringify(changes);
  const known = done.get(key);
  if (known) return known;
  const host = hostOf();
  await runMil({ host, device: await device(), config: { ...config, ...changes }, data, version });
  done.set(key, host);
  return host;
}

test("a run leaves its config, bags, metrics, weights, result and report", async () => {
  const { files, events } = await finished();
  assert.equal(await readMilRun(files), config);
  const manifest = parseBagManifest(new TextDecoder().decode(files.content.get("bags.json")), "bags.json");
  assert.is(manifest.splits.train.bags.length, 26);
  const metrics = await readMetrics(files);
  assert.is(metrics.length, 2);
  for (const key of ["epoch", "step", "loss", "error", "validation loss", "validation error", "learningRate"]) {
    assert.ok(
      metrics.every((record) => Number.isFinite(record[key])),
      key,
    );
  }
  const result = JSON.parse(new TextDecoder().decode(files.content.get("result.json")));
  assert.is(result.bags, 12);
  assert.ok(result.testError >= 0 && result.testError <= 1 && result.peakBytes > 0);
  const html = new TextDecoder().decode(files.content.get(REPORT_FILE));
  assert.is([...html.matchAll(/<figure class="bag /g)].length, 12);
  assert.not.match(html.replaceAll(/data:image\/png;base64,[^"]*/g, ""), /https?:|\/\//);
  assert.ok(events.some(({ phase }) => phase === "test"));
});

test("the same seed gives the same bits; another seed does not", async () => {
  const again = hostOf();
  await runMil({ host: again, device: await device(), config, data, version });
  const { files } = await finished();
  assert.equal(again.files.content.get(CHECKPOINT_FILE), files.content.get(CHECKPOINT_FILE));
  assert.equal(again.files.content.get(MODEL_FILE), files.content.get(MODEL_FILE));
  const other = await finished({ seed: 2 });
  assert.not.equal(other.files.content.get(MODEL_FILE), files.content.get(MODEL_FILE));
});

test("interrupted and resumed, a run ends in the same bytes", async () => {
  const whole = await finished();
  for (const stopAt of [1, 2, 4]) {
    const first = hostOf(undefined, stopAt);
    const run = { device: await device(), config, data, version };
    assert.instance(await thrown(runMil({ ...run, host: first })), Interrupted);
    const stopped = first.files.content.get(TIME_FILE);
    const second = hostOf(first.files);
    const { result } = await runMil({ ...run, host: second }, { resume: true });
    assert.equal(first.files.content.get(CHECKPOINT_FILE), whole.files.content.get(CHECKPOINT_FILE), `stopped at look ${stopAt}`);
    assert.equal(first.files.content.get(MODEL_FILE), whole.files.content.get(MODEL_FILE));
    assert.equal(await readMetrics(first.files), await readMetrics(whole.files));
    assert.is(result.testError, JSON.parse(new TextDecoder().decode(whole.files.content.get("result.json"))).testError);
    const { seconds } = JSON.parse(new TextDecoder().decode(stopped));
    assert.ok(seconds > 0 && result.seconds > seconds, `${result.seconds} s in all, ${seconds} in the first leg`);
  }
});

test("interrupted while it tests, a run is finished by resuming", async () => {
  const host = hostOf();
  const progress: Host["progress"] = (event) => event.phase === "test" && host.abort.abort();
  const run = { device: await device(), config: { ...config, seed: 2 }, data, version };
  assert.instance(await thrown(runMil({ ...run, host: { ...host, progress } })), Interrupted);
  assert.not.ok(host.files.content.has("result.json"));
  await runMil({ ...run, host: hostOf(host.files) }, { resume: true });
  const whole = await finished({ seed: 2 });
  assert.equal(host.files.content.get(CHECKPOINT_FILE), whole.files.content.get(CHECKPOINT_FILE));
  assert.ok(host.files.content.has("result.json"));
});

test("resuming with another config is refused, in one line", async () => {
  const { files } = await finished();
  const changed = { ...config, learningRate: 0.5 };
  const error = await thrown(runMil({ host: hostOf(files), device: await device(), config: changed, data, version }, { resume: true }));
  assert.instance(error, UserError);
  assert.match(error.message, /made with rates [^(]* \(not [^)]*\), learningRate 0.002 \(not 0.5\)$/);
});

test("all methods and the counting task train", async () => {
  for (const changes of [{ method: "gated" }, { method: "attention" }, { task: "counting" }, { task: "outlier", batch: 1 }] as const) {
    const { files } = await finished({ ...changes, epochs: 1, trainBags: 8 });
    const [{ loss }] = await readMetrics(files);
    assert.ok(loss > 0 && Number.isFinite(loss), JSON.stringify(changes));
  }
});

test("a loss that is not finite: nothing changes, the state is saved, the node is named", async () => {
  const host = hostOf();
  const { train } = drawSplits(TASKS[config.task], data, { train: 26, validation: 6, test: 2 }, 1);
  // A state from which no step can go well: the instances' descriptions overflow.
  const path = "feature_extractor_part2.0.weight";
  let weights = new Float32Array();
  const error = await thrown(
    fit(await device(), setClassifier(config), bagSet(train.bags, pixelsOf(data.train)), {
      ...{ epochs: 1, batch: config.batch, seed: config.seed, host },
      async begin({ store }) {
        weights = Float32Array.from(await store.read(path), () => 3e38);
        store.write(path, weights);
      },
    }),
  );
  assert.instance(error, UserError);
  assert.match(
    error.message,
    /^training stopped: the loss or a gradient is not finite in step 1 \(epoch 1\): first at matmul at feature_extractor_part2\.0; the last good state is saved in /,
  );
  const { tensors } = decodeCheckpoint(host.files.content.get(CHECKPOINT_FILE) as Uint8Array, CHECKPOINT_FILE);
  assert.equal(tensors[path].data, weights);
  assert.equal([...(tensors["optimizer/feature_extractor_part1.0.weight/step"].data as Int32Array)], [0]);
});

/** The largest difference, as a share of the largest expected number: zeros are 1 off, whatever the tensor's size. */
function farthest(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  const numbers = Array.from(expected);
  const off = Math.max(...numbers.map((value, i) => Math.abs(found[i] - value)));
  return off === 0 ? 0 : off / Math.max(...numbers.map(Math.abs));
}
const TOLERANCE = 1e-4;

test("one training step changes every variable as the f64 reference does", async () => {
  const capacity = { bags: 3, length: 8, instances: 12 };
  const bags = [
    { images: [3, 14, 15, 9, 2], label: 1 },
    { images: [6], label: 0 },
  ];
  const pixels = (image: number): Uint8Array => data.train.images.subarray(784 * image, 784 * (image + 1));
  const feeds = { ...feedsOf(bags, pixels, capacity), learningRate: Float32Array.of(0.01), step: Int32Array.of(0) };
  for (const method of MIL_METHODS) {
    const chosen = { ...config, method };
    const { updates } = trainingStep(chosen, capacity);
    const expected = evaluate(
      updates.map(([, next]) => next),
      new Map(Object.entries(feeds)),
      { seed: chosen.seed },
    );
    const programs = createProgramCache(await device(), chosen);
    await (await programs.get("step", () => trainingStep(chosen, capacity))).run(feeds);
    for (const [i, [target]] of updates.entries()) {
      const path = target.op === "variable" ? target.attrs.path : "";
      const found = await programs.store.read(path);
      assert.ok(farthest(found, expected[i].data) < TOLERANCE, `${method}, ${path}: off by ${farthest(found, expected[i].data)}`);
    }
    programs.dispose();
  }
});

test("batches whose gradients are added make the step of all their bags", async () => {
  const bags = [[3, 14, 15, 9, 2], [6], [5, 35, 8], [97, 93]].map((images, i) => ({ images, label: i % 2 }));
  const pixels = (image: number): Uint8Array => data.train.images.subarray(784 * image, 784 * (image + 1));
  const run = async (programs: ProgramCache, some: typeof bags, step: number, part?: StepPart): Promise<void> => {
    const capacity: Capacity = { bags: some.length, length: 8, instances: 12 };
    const program = await programs.get(`step ${step}`, () => trainingStep(chosen, capacity, part));
    const learningRate = Float32Array.of(0.01);
    await program.run({ ...feedsOf(some, pixels, capacity), ...(part !== "first" && { learningRate }), step: Int32Array.of(step) });
  };
  const chosen = { ...config, dropout: 0 };
  const [whole, parts] = [createProgramCache(await device(), chosen), createProgramCache(await device(), chosen)];
  await run(whole, bags, 0);
  await run(parts, bags.slice(0, 3), 0, "first");
  await run(parts, bags.slice(3), 1, "last");
  for (const { path, role } of whole.store.entries()) {
    if (role !== "parameter" && !/exp_avg(_sq)?$/.test(path)) continue;
    const [expected, found] = [await whole.store.read(path), await parts.store.read(path)];
    assert.ok(farthest(found, expected) < TOLERANCE, `${path}: off by ${farthest(found, expected)}`);
  }
  assert.ok((await parts.store.read("prediction.weight/grad_sum")).every((value) => value === 0));
  for (const programs of [whole, parts]) programs.dispose();
});

test("interrupted between batches that belong together, a run ends in the same bytes", async () => {
  const changes = { accumulate: 3, epochs: 1 };
  const whole = await finished(changes);
  const first = hostOf();
  const run = { device: await device(), config: { ...config, ...changes }, data, version };
  // The first look is after the first batch of three.
  const progress: Host["progress"] = (event) => event.phase === "train" && first.abort.abort();
  assert.instance(await thrown(runMil({ ...run, host: { ...first, progress } })), Interrupted);
  await runMil({ ...run, host: hostOf(first.files) }, { resume: true });
  assert.equal(first.files.content.get(CHECKPOINT_FILE), whole.files.content.get(CHECKPOINT_FILE));
  assert.not.equal(first.files.content.get(MODEL_FILE), (await finished({ epochs: 1 })).files.content.get(MODEL_FILE));
});

test("judging: the last prefix is the bag; a bag of one is judged alone; leaving one out changes the number by what is said", async () => {
  const session = createSession(await device(), config);
  const pixels = (image: number): Uint8Array => data.test.images.subarray(784 * image, 784 * (image + 1));
  const bag = [3, 8, 21, 40];
  const { score, prefixes, instances } = await explainBag(session, bag, pixels);
  const [whole, first, rest] = await judgeBags(session, [bag, [3], [8, 21, 40]], pixels);
  const close = (a: number | null, b: number): void => assert.ok(Math.abs((a ?? 0) - b) < 1e-6);
  close(score, whole);
  close(prefixes[3], whole);
  close(prefixes[0], first);
  close(instances[0].alone, first);
  close(instances[0].without, rest);
  assert.is((await explainBag(session, [5], pixels)).instances[0].without, null);
  session.programs.dispose();
});

test("a bag that is too long is refused before anything is made for it", async () => {
  const session = createSession(await device(), config);
  const pixels = (): Uint8Array => new Uint8Array(784);
  const bag = new Array<number>(MAX_LENGTH + 1).fill(7);
  const error = await thrown(judgeBags(session, [bag], pixels));
  assert.instance(error, UserError);
  assert.match(error.message, new RegExp(`a bag of ${MAX_LENGTH + 1} instances is too long: at most ${MAX_LENGTH}`));
  session.programs.dispose();
});

test("a device that cannot hold a step or a bag says so before anything is made for it", async () => {
  const small = await openDevice({ limits: { maxBufferSize: 2 ** 18, maxStorageBufferBindingSize: 2 ** 18 } });
  const wide = { ...config, channels1: 64, features: 4096 };
  const host = hostOf();
  const step = await thrown(runMil({ host, device: small, config: wide, data, version }));
  assert.instance(step, UserError);
  assert.match(step.message, /a step of \d+ instances is more than .* can hold \(1\); take a smaller batch/);
  assert.is(host.files.content.size, 0);
  const session = createSession(small, wide);
  const bag = await thrown(session.scoring(24));
  assert.instance(bag, UserError);
  assert.match(bag.message, /a bag of 24 instances is longer than .* can hold/);
  assert.equal(session.programs.store.entries(), []);
  small.close();
});

test("the device closes", async () => {
  (await device()).close();
});

test.run();
