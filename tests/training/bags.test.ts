/** Bags of different length: packed once each, within few shapes, laid out as the index says; judged, asked and trained like any data set. */

import { openDevice } from "#open-device";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createRandom, type DataSet, dataSet, flip, mixUp, type Sample } from "../../src/data/index.ts";
import { div, equal, maximum, mul, type Node, reshape, select, sum, take } from "../../src/graph/index.ts";
import { adam, bceWithLogits, nn, type Params } from "../../src/models/index.ts";
import { type BatchNodes, fit, Interrupted, loadTrained, loader, memoryFiles, supervised } from "../../src/training/index.ts";
import { bagShapes, packBags } from "../../src/training/loader/bags.ts";
import { epochTable } from "../../src/training/position.ts";

const device = await openDevice();
test.after(() => device.close());

const anyLengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 120 });
const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

test("every bag is packed exactly once, within its shape", () => {
  fc.assert(
    fc.property(anyLengths, fc.integer({ min: 1, max: 12 }), (lengths, batch) => {
      const order = lengths.map((_, i) => i).reverse();
      const packs = packBags(lengths, order, { batch, shapes: bagShapes(lengths, batch) });
      assert.equal(
        packs.flatMap(({ samples }) => [...samples]).sort((a, b) => a - b),
        lengths.map((_, i) => i),
      );
      for (const { samples, shape } of packs) {
        assert.ok(samples.length >= 1 && samples.length <= batch);
        assert.ok(samples.every((bag) => lengths[bag] <= shape.length));
        assert.ok(sumOf([...samples].map((bag) => lengths[bag])) <= shape.instances);
      }
    }),
    { seed: 1 },
  );
});

test("one epoch of bags of about 10 instances needs at most two shapes and fills them well", () => {
  const random = createRandom(1, "lengths");
  const lengths = Array.from({ length: 500 }, () => Math.trunc(10 + 2 * random.normal()));
  const packs = packBags(lengths, [...lengths.keys()], { batch: 8, shapes: bagShapes(lengths, 8) });
  const shapes = new Set(packs.map(({ shape }) => JSON.stringify(shape)));
  assert.ok(shapes.size <= 2, `${shapes.size} shapes`);
  const used = sumOf(lengths) / sumOf(packs.map(({ shape }) => shape.instances));
  assert.ok(used > 0.85, `${used}`);
  assert.ok(packs.length < 80, `${packs.length} steps`);
});

test("bags of 6 to 800 instances need few shapes, and little of a long bag's place is empty", () => {
  const random = createRandom(1, "lengths");
  const lengths = Array.from({ length: 400 }, () => 6 + Math.floor(794 * random.next() ** 3));
  const shapes = bagShapes(lengths, 4);
  assert.ok(shapes.length <= 14, `${shapes.length} shapes`);
  for (const length of lengths.filter((one) => one >= 32)) {
    const place = shapes.find((shape) => shape.length >= length)?.length ?? 0;
    assert.ok(place < 1.5 * length, `${length} in ${place}`);
  }
});

test("with one bag per step, every bag has a step of its own", () => {
  const lengths = [3, 9, 12, 3];
  const packs = packBags(lengths, [2, 0, 1, 3], { batch: 1, shapes: bagShapes(lengths, 1) });
  assert.equal(
    packs.map(({ samples }) => [...samples]),
    [[2], [0], [1], [3]],
  );
});

test("a step's place in epochs of different length, and back", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }), (counts) => {
      const table = epochTable((epoch) => counts[epoch]);
      const places = counts.flatMap((count, epoch) => Array.from({ length: count }, (_, index) => ({ epoch, index })));
      const reached = places.slice(0, -1).map((_, total) => table.placeOf(total));
      assert.equal(reached, places.slice(0, -1));
      counts.forEach((_, epoch) => assert.is(table.begin(epoch), sumOf(counts.slice(0, epoch))));
    }),
  );
});

/** Sample i has 1 + i % 5 instances [i, l], and says whether one of their l is 3. */
function counted(size: number): DataSet {
  const lengths = Array.from({ length: size }, (_, i) => 1 + (i % 5));
  return dataSet({
    size,
    fields: { x: { shape: [2], dtype: "f32", bag: true }, number: { shape: [], dtype: "i32", bag: true }, y: { shape: [], dtype: "f32" } },
    lengths,
    get: (i) => ({
      x: Float32Array.from({ length: 2 * lengths[i] }, (_, at) => (at % 2 === 0 ? i : at >> 1)),
      number: Int32Array.from({ length: lengths[i] }, (_, l) => l),
      y: Float32Array.of(lengths[i] > 3 ? 1 : 0),
    }),
  });
}

test("a batch lays out each instance where the index says, -1 elsewhere; unused places are 0", async () => {
  const { feeds, indices, shape } = await loader(counted(6), { batch: 4 }).get(0);
  assert.equal(shape, { length: 8, instances: 16 });
  assert.equal([...indices], [0, 1, 2, 3]);
  assert.equal([...feeds.lengths], [1, 2, 3, 4]);
  assert.equal([...feeds.y], [0, 0, 0, 1]);
  assert.equal([...feeds.weight], [1, 1, 1, 1]);
  const places = Array.from({ length: 4 }, (_, bag) => [...feeds.index.subarray(8 * bag, 8 * bag + 8)]);
  assert.equal(places, [
    [0, -1, -1, -1, -1, -1, -1, -1],
    [1, 2, -1, -1, -1, -1, -1, -1],
    [3, 4, 5, -1, -1, -1, -1, -1],
    [6, 7, 8, 9, -1, -1, -1, -1],
  ]);
  assert.equal([...feeds.x.subarray(2 * 6, 2 * 11)], [3, 0, 3, 1, 3, 2, 3, 3, 0, 0]);
  const last = await loader(counted(6), { batch: 4 }).get(1);
  assert.equal(
    [[...last.indices], [...last.feeds.lengths], [...last.feeds.weight]],
    [
      [4, 5],
      [5, 1, 0, 0],
      [1, 1, 0, 0],
    ],
  );
});

test("in training every epoch has its own order of samples and of instances, the same whenever it is asked for", async () => {
  const set = counted(40);
  const options = { batch: 4, training: true, seed: 3 };
  const read = async (epoch: number, ahead = 2): Promise<string[]> => {
    const made = loader(set, { ...options, ahead });
    const bags: string[] = [];
    for await (const { feeds, indices } of made.epoch(epoch)) {
      let at = 0;
      for (const i of indices) {
        const numbers = feeds.number.slice(at, at + (set.lengths?.[i] ?? 0));
        for (let l = 0; l < numbers.length; l++) assert.equal([...feeds.x.subarray(2 * (at + l), 2 * (at + l) + 2)], [i, numbers[l]]);
        bags.push(`${i}: ${numbers.join()}`);
        at += numbers.length;
      }
    }
    return bags;
  };
  const [first, second] = [await read(0), await read(1)];
  assert.equal(await read(1, 0), second);
  const sorted = (bags: readonly string[]): string[] => bags.map((bag) => [...bag.split(/: |,/)].sort().join()).sort();
  assert.equal(sorted(first), sorted(second));
  assert.is(new Set(first.map((bag) => bag.split(":")[0])).size, 40);
  assert.not.equal(first, second);
  const long = first.filter((bag) => bag.split(",").length === 5);
  assert.ok(long.filter((bag) => second.includes(bag)).length <= 3, "instances stay in their order");
});

test("pictures of one bag are augmented each by itself", async () => {
  const half = Float32Array.of(0, 1);
  const set = dataSet({
    size: 1,
    fields: { x: { shape: [1, 1, 2], dtype: "f32", bag: true, picture: { mean: [0], std: [1], fit: "stretch" } } },
    lengths: [32],
    get: () => ({ x: Float32Array.from({ length: 64 }, (_, i) => half[i % 2]) }),
  });
  const { feeds } = await loader(set, { batch: 1, training: true, augment: [flip()] }).get(0);
  const firsts = Array.from({ length: 32 }, (_, l) => feeds.x[2 * l]);
  assert.ok(firsts.includes(0) && firsts.includes(1), firsts.join());
});

test("bags that are none, and what cannot be done with them, are refused", () => {
  const set = counted(6);
  const bag = { x: { shape: [], dtype: "f32", bag: true } } as const;
  const get = (): Sample => ({ x: new Float32Array(1) });
  for (const [run, message] of [
    [() => dataSet({ size: 1, fields: bag, get }), /has lengths where fields are bags, and only there/],
    [() => dataSet({ size: 2, fields: bag, lengths: [1], get }), /lengths of 1 bags for 2 samples/],
    [() => dataSet({ size: 2, fields: bag, lengths: [1, 0], get }), /sample 1: a bag holds at least one instance, got 0/],
    [() => loader(set, { batch: 2, augment: [mixUp()] }), /bags are not mixed/],
    [() => loader(dataSet({ size: 1, fields: { index: bag.x }, lengths: [1], get }), { batch: 1 }), /must not be called index/],
  ] as const)
    assert.throws(run, message);
});

/** Mean of the instances' hidden units -> a logit per bag: enough to tell bags that hold a certain number. */
function meanPool(p: Params, { x, index, lengths }: BatchNodes): Node {
  const [bags, length] = index.shape;
  const hidden = nn.linear(p.at("hidden"), x, { out: 8 });
  const places = reshape(take(mul(hidden, hidden), reshape(index, [bags * length]), 0), [bags, length, 8]);
  const mean = div(sum(places, 1), reshape(maximum(castLengths(lengths), 1), [bags, 1]));
  return reshape(nn.linear(p.at("out"), mean, { out: 1 }), [bags]);
}
/** i32 [B] -> f32 [B] for lengths 0 to 5. */
const castLengths = (lengths: Node): Node =>
  [1, 2, 3, 4, 5].map((n) => select(equal(lengths, n), n, 0) as Node).reduce((a, b) => maximum(a, b));

const task = supervised({
  model: meanPool,
  loss: (logit, { y }) => bceWithLogits(logit, y, { reduction: "none" }),
  optimizer: adam({ lr: (step, steps) => 0.05 * (1 - step / steps) }),
});
/** The same bags without the sample's own number. */
function scaled(size: number): DataSet {
  const { fields, lengths, get } = counted(size);
  const read = async (i: number): Promise<Sample> => {
    const { x, ...others } = await get(i);
    return { ...others, x: Float32Array.from(x, (value, at) => (at % 2 === 0 ? 0 : value)) };
  };
  return dataSet({ size, fields, lengths: lengths ?? [], get: read });
}

test("a network of bags learns; it judges and answers each bag in its place, and so does its file", async () => {
  const set = scaled(60);
  const run = await fit(device, task, set, { epochs: 6, batch: 8, validation: scaled(23), seed: 2 });
  const { metrics } = run;
  assert.ok(metrics[5].loss < 0.6 * metrics[0].loss, `${metrics[0].loss} to ${metrics[5].loss}`);
  assert.ok(metrics[5].learningRate < 0.05 / 30 && metrics[5].learningRate > 0, `the last rate of all: ${metrics[5].learningRate}`);
  const answers = await run.predict(scaled(23));
  const { loss } = await run.evaluate(scaled(23));
  const labels = Array.from({ length: 23 }, (_, i) => (i % 5 > 2 ? 1 : 0));
  const each = answers.map(({ output }, i) => Math.log1p(Math.exp(-output.data[0])) + (1 - labels[i]) * output.data[0]);
  assert.ok(Math.abs(sumOf(each) / 23 - loss) < 1e-5, `${sumOf(each) / 23} and ${loss}`);
  const file = await loadTrained(device, task, await run.weights(), { batch: 4 });
  const [alone] = await file.predict([{ x: Float32Array.of(0, 0, 0, 1, 0, 2) }]);
  assert.ok(Math.abs(alone.output.data[0] - answers[2].output.data[0]) < 1e-5, "a bag alone is what it is among others");
  file.dispose();
  run.dispose();
});

test("a training on bags that is interrupted between parts of a step, and resumed, ends in the same bits", async () => {
  const options = { epochs: 2, batch: 8, accumulate: 2, validation: scaled(10), seed: 2 };
  const whole = await fit(device, task, scaled(30), options);
  const expected = await whole.weights();
  whole.dispose();
  for (const stop of [1, 4]) {
    const files = memoryFiles();
    const abort = new AbortController();
    let looks = 0;
    const progress = (): void => void (++looks === stop && abort.abort());
    const host = { files, signal: abort.signal, progress };
    const stopped = await fit(device, task, scaled(30), { ...options, host }).catch((error: unknown) => error);
    assert.instance(stopped, Interrupted);
    const rest = await fit(device, task, scaled(30), { ...options, host: { files }, resume: true });
    assert.equal(await rest.weights(), expected, `stopped at look ${stop}`);
    rest.dispose();
  }
});

test.run();
