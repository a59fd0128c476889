/** A whole run of each loss on drawn digits: its files, its numbers, and the same bytes after an interruption. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromArrays } from "../../../src/data/index.ts";
import { decodePng, encodePng } from "../../../src/data/node/index.ts";
import { ganConfig, type GanConfig, LOSS_NAMES } from "../../../src/studies/gan/config.ts";
import { classNamesOf, digitData, GAN_STATISTICS, type GanData, pictureData } from "../../../src/studies/gan/data.ts";
import { readGanResult, readGanRun, samplesFile } from "../../../src/studies/gan/files.ts";
import { gridPicture } from "../../../src/studies/gan/grid.ts";
import { type GanRun, runGan } from "../../../src/studies/gan/run.ts";
import { drawNoise, generateImages, interpolateNoise, openGenerator } from "../../../src/studies/gan/sampling.ts";
import { Interrupted, memoryFiles, TIME_FILE } from "../../../src/training/index.ts";
import { fakeHost } from "../../training/fake.ts";
import { smallDigits } from "../mil/digits.ts";

const device = await openDevice();
test.after(() => device.close());

const data = digitData(smallDigits());
/** One judge for all runs of this file, as the command has it. */
const judgeFiles = memoryFiles();
const hostOf = (files = memoryFiles()) => ({ ...fakeHost(files), encodePng });
const runOf = (config: GanConfig, host: GanRun["host"], of: GanData = data, judge = judgeFiles): GanRun => ({
  ...{ host, judgeFiles: judge, device, config, data: of },
  version: "0",
});
const FILES = ["model.safetensors", "checkpoint.safetensors", "metrics.jsonl", samplesFile(1), samplesFile(4), "interpolation.png"];

for (const loss of LOSS_NAMES)
  test(`${loss}: a run, and what it leaves`, async () => {
    const host = hostOf();
    const config = ganConfig("smoke", loss);
    const result = await runGan(runOf(config, host), { resume: false });
    assert.equal(await readGanRun(host.files), config);
    assert.equal(await readGanResult(host.files), result);
    assert.ok(result.scores && result.real, "judged");
    assert.is(result.scores?.classes, 10);
    assert.ok((result.scores?.frechet ?? 0) > (result.real?.frechet ?? Number.POSITIVE_INFINITY), "after four steps nothing is real yet");
    const text = new TextDecoder().decode(host.files.content.get("metrics.jsonl"));
    const records = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.is(records.length, 4);
    for (const key of ["critic loss", "generator loss", "critic distance", "frechet", "precision", "recall", "covered"])
      assert.ok(
        records.every((record) => Number.isFinite(record[key])),
        `${loss}: ${key}`,
      );
    assert.is(records[3].step, 4 * (config.criticSteps + 1));
    const { width, height } = decodePng(host.files.content.get(samplesFile(4)) as Uint8Array, "samples");
    assert.equal([width, height], [8 * 34 + 2, 8 * 34 + 2]);
    const report = new TextDecoder().decode(host.files.content.get("report.html"));
    assert.is([...report.matchAll(/<image href="data:image\/png;base64,iVBOR/g)].length, 5);
    assert.not.match(report, /NaN|undefined/);
  });

test("interrupted at several steps and resumed, a run ends in the same bytes", async () => {
  const config = { ...ganConfig("smoke", "wgan-gp"), criticSteps: 2 };
  const whole = hostOf();
  await runGan(runOf(config, whole));
  for (const stop of [1, 5, 9]) {
    const files = memoryFiles();
    const first = hostOf(files);
    const progress = ({ phase, step }: { phase: string; step: number }): void => {
      if (phase === "train" && step >= stop) first.abort.abort();
    };
    try {
      await runGan(runOf(config, { ...first, progress }));
      assert.unreachable("interrupted");
    } catch (error) {
      assert.instance(error, Interrupted);
    }
    const { seconds } = JSON.parse(new TextDecoder().decode(files.content.get(TIME_FILE)));
    const result = await runGan(runOf(config, hostOf(files)), { resume: true });
    assert.ok(seconds > 0 && result.seconds > seconds, `${result.seconds} s in all, ${seconds} in the first leg`);
    for (const name of FILES) assert.equal(files.content.get(name), whole.files.content.get(name), `${name}, stopped at ${stop}`);
  }
});

test("colour pictures without classes: no judge, no numbers, the rest as ever", async () => {
  const pixels = Float32Array.from({ length: 40 * 3 * 32 * 32 }, (_, i) => ((i * 7919) % 256) / 256);
  const set = fromArrays({ x: { data: pixels, shape: [3, 32, 32] } }, { pictures: { x: GAN_STATISTICS } });
  const pictures = pictureData(set);
  assert.is(classNamesOf(pictures), null);
  assert.equal([pictures.train.size, pictures.test.size], [36, 4]);
  const host = hostOf();
  const result = await runGan(runOf({ ...ganConfig("smoke", "lsgan"), channels: 3 }, host, pictures, memoryFiles()));
  assert.is(result.scores, null);
  assert.match(new TextDecoder().decode(host.files.content.get("report.html")), /no judge was trained/);
});

test("a run's generator gives the run's own grid again", async () => {
  const host = hostOf();
  const config = ganConfig("smoke", "dcgan");
  await runGan(runOf(config, host));
  const programs = await openGenerator(device, config, host.files);
  const images = await generateImages(programs, config, drawNoise(config.seed, 64, config.noise));
  programs.dispose();
  assert.equal(encodePng(gridPicture(images, { columns: 8, channels: 1 })), host.files.content.get(samplesFile(4)));
});

test("digits get a border of two, and colours reach from -1 to 1 in the network", () => {
  const { x } = data.train.fields;
  assert.equal([...x.shape], [1, 32, 32]);
  assert.equal([x.picture?.mean, x.picture?.std], [[0.5], [0.5]]);
  const sample = data.train.get(3) as { x: Float32Array };
  const original = smallDigits().train.images.subarray(3 * 784, 4 * 784);
  original.forEach((value, i) => assert.is(sample.x[(2 + Math.floor(i / 28)) * 32 + 2 + (i % 28)], Math.fround(value / 255)));
  assert.is(
    sample.x.reduce((a, b) => a + b),
    sample.x.reduce((a, b, i) => (i % 32 > 1 && i % 32 < 30 && i > 63 && i < 960 ? a + b : a)),
  );
});

test("the way between two draws keeps their length, and reaches both", () => {
  const [a, b] = drawNoise(3, 2, 200);
  const way = interpolateNoise(a, b, 5);
  assert.is(way.length, 5);
  way[0].forEach((value, i) => assert.ok(Math.abs(value - a[i]) < 1e-6));
  way[4].forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-6));
  const [least, most] = [Math.min(Math.hypot(...a), Math.hypot(...b)), Math.max(Math.hypot(...a), Math.hypot(...b))];
  for (const point of way)
    assert.ok(Math.hypot(...point) > 0.97 * least && Math.hypot(...point) < 1.03 * most, String(Math.hypot(...point)));
  // Halfway along the straight line it would be 0.7 times as long.
  assert.ok(Math.hypot(...a.map((value, i) => (value + b[i]) / 2)) < 0.85 * least);
  assert.equal(drawNoise(3, 5, 200).slice(0, 2), [a, b]);
  assert.equal(interpolateNoise(a, a, 2), [a, a]);
});

test.run();
