/** Batches: the same bits however far ahead, bounded work, errors where they are awaited. */

import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { crop, cutMix, type DataSet, dataSet, flip, fromArrays, mixUp, UserError } from "../../src/data/index.ts";
import { type Batch, balanced, type Loader, loader, type LoaderOptions, sequential } from "../../src/training/index.ts";

/** Pictures [1, 4, 4] whose every pixel is the sample's number, its number and its class; `late`: each takes its time. */
function numbered(size: number, { late = false, classes = 3, onGet = (_: number) => {} } = {}): DataSet {
  const labels = Int32Array.from({ length: size }, (_, i) => i % classes);
  const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
  const sample = (i: number) => ({
    x: Float32Array.from({ length: 16 }, (_, k) => i + k / 100),
    i: Int32Array.of(i),
    y: labels.slice(i, i + 1),
  });
  return dataSet({
    size,
    fields: {
      x: { shape: [1, 4, 4], dtype: "f32", picture: { mean: [0.5], std: [2], fit: "crop" } },
      i: { shape: [], dtype: "i32" },
      y: { shape: [], dtype: "i32", classes: names },
    },
    labels: { y: labels },
    get(i) {
      onGet(i);
      return late ? new Promise((resolve) => setTimeout(() => resolve(sample(i)), (i * 7) % 5)) : sample(i);
    },
  });
}

async function all(made: Loader, epochs = 1, first = 0): Promise<Batch[]> {
  const found: Batch[] = [];
  for (let epoch = first; epoch < epochs; epoch++) for await (const batch of made.epoch(epoch)) found.push(batch);
  return found;
}

test("the same bits whatever is made ahead, in parallel, late, from wherever it begins", async () => {
  const options = { batch: 4, seed: 5, training: true, augment: [flip(), crop(1)], epochs: 3 };
  const plain = await all(loader(numbered(10), { ...options, ahead: 0, parallel: 1 }), 3);
  assert.is(plain.length, 9);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(6),
      fc.integer({ min: 1, max: 6 }),
      fc.boolean(),
      fc.array(fc.nat(8), { maxLength: 8 }),
      async (ahead, parallel, late, jumps) => {
        const made = loader(numbered(10, { late }), { ...options, ahead, parallel });
        for (const at of jumps) assert.equal(await made.get(at % 3, Math.floor(at / 3)), plain[at]);
        assert.equal(await all(made, 3), plain);
        const together = await Promise.all([7, 2, 2, 5].map((at) => made.get(at % 3, Math.floor(at / 3))));
        assert.equal(together, [plain[7], plain[2], plain[2], plain[5]]);
        made.close();
      },
    ),
    { numRuns: 25 },
  );
});

test("an epoch holds every sample once; the last batch is filled up with samples that weigh nothing", async () => {
  const set = numbered(10);
  const made = loader(set, { batch: 4, training: true });
  const [first, , last] = await all(made);
  assert.equal(last.feeds.weight, Float32Array.of(1, 1, 0, 0));
  assert.equal([...last.feeds.i.subarray(0, 2)], [...last.indices]);
  assert.equal(last.feeds.i.subarray(2), first.feeds.i.subarray(0, 2), "real samples");
  const seen = (await all(made)).flatMap(({ indices }) => [...indices]);
  assert.equal(
    [...seen].sort((a, b) => a - b),
    [...Array(10).keys()],
  );
  const other = (await all(made, 2, 1)).flatMap(({ indices }) => [...indices]);
  assert.not.equal(other, seen);
  assert.is(loader(set, { batch: 4, dropLast: true }).count(), 2);
  const [only] = await all(loader(numbered(3), { batch: 8 }));
  assert.equal([...only.feeds.i], [0, 1, 2, 0, 1, 2, 0, 1]);
});

test("evaluation: in order, nothing random, normalised", async () => {
  const made = loader(numbered(5), { batch: 2, augment: [flip("horizontal", { probability: 1 }), crop({ size: 2 })] });
  assert.equal(made.fields.x.shape, [1, 2, 2]);
  const found = await all(made);
  assert.equal(found.map(({ indices }) => [...indices]), [[0, 1], [2, 3], [4]]); // biome-ignore format: one line
  assert.equal(
    found[1].feeds.x.subarray(0, 4),
    Float32Array.from([5, 6, 9, 10], (k) => (Math.fround(2 + k / 100) - 0.5) / 2),
  );
  assert.equal(found[1].feeds.y, Int32Array.of(2, 0));
});

test("mixing changes the fields: labels become probabilities", async () => {
  const set = numbered(9).subset([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  const without = fromArrays({ x: [1, 2, 3, 4], y: ["a", "b", "a", "b"] });
  for (const training of [true, false]) {
    const made = loader(without, { batch: 2, training, augment: [mixUp()] });
    const [{ feeds }] = await all(made);
    assert.equal([made.fields.y.shape, feeds.y.length], [[2], 4]);
    assert.equal(feeds.weight, Float32Array.of(1, 1));
  }
  assert.throws(() => loader(set, { batch: 2, augment: [cutMix()] }), /whole numbers of field i cannot be mixed/);
});

test("balanced batches: equally many of each class, all in turn, reproducible", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(4), { minLength: 30, maxLength: 90 }),
      fc.constantFrom(1, 2, 3),
      fc.constantFrom(2, 3),
      fc.nat(99),
      async (labels, each, wanted, seed) => {
        const present = new Set(labels);
        fc.pre(present.size >= wanted);
        const set = fromArrays({ y: Int32Array.from(labels) });
        const options: LoaderOptions = { batch: each * wanted, seed, training: true, order: balanced({ each }) };
        const found = await all(loader(set, options));
        assert.is(found.length, Math.ceil(labels.length / options.batch));
        for (const { feeds, indices } of found) {
          const counts = new Map<number, number>();
          for (const label of feeds.y) counts.set(label, (counts.get(label) ?? 0) + 1);
          assert.equal(
            [...counts.values()],
            Array.from({ length: wanted }, () => each),
          );
          for (const label of counts.keys()) {
            const own = [...indices].filter((i) => labels[i] === label);
            const there = labels.filter((other) => other === label).length;
            assert.is(new Set(own).size, Math.min(each, there), "no sample twice in a batch unless there are too few");
          }
        }
        assert.equal(await all(loader(set, { ...options, ahead: 0 })), found);
        const drawn = [...present].map((label) => found.filter(({ feeds }) => feeds.y.includes(label)).length);
        assert.ok(Math.max(...drawn) - Math.min(...drawn) <= 1, "classes take turns");
      },
    ),
    { numRuns: 30 },
  );
  const set = fromArrays({ y: ["a", "b"] });
  assert.throws(() => loader(set, { batch: 3, order: balanced({ each: 2 }) }), /a batch of 3 is no multiple of 2/);
  assert.throws(
    () => loader(set, { batch: 6, order: balanced({ each: 2 }) }),
    (error: unknown) => error instanceof UserError,
  );
});

test("no more is made ahead than it may, and nothing after the last epoch", async () => {
  const got: number[] = [];
  const made = loader(numbered(100, { onGet: (i) => got.push(i) }), { batch: 10, ahead: 2 });
  await made.get(0);
  await rest();
  assert.is(got.length, 30);
  await made.get(1);
  await rest();
  assert.is(got.length, 40);
  await made.get(9);
  await rest();
  assert.is(got.length, 50, "batches 2 and 3 were made in vain, 9 is the last");
  made.close();
  await made.get(0);
  made.close();
  const before = got.length;
  await rest();
  assert.ok(got.length - before <= 10, "at most what was begun");
});

const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

test("an error comes where its batch is awaited, and nowhere else", async () => {
  const loud: unknown[] = [];
  const hear = (reason: unknown): unknown => loud.push(reason);
  process.on("unhandledRejection", hear);
  const set = numbered(12, {
    onGet(i) {
      if (i === 7) throw new UserError("roses/7.jpg: damaged");
    },
  });
  const made = loader(set, { batch: 3, ahead: 3, order: sequential });
  await made.get(0);
  await rest();
  await made.get(1);
  const error = await made.get(2).catch((reason: unknown) => reason);
  assert.instance(error, UserError);
  assert.equal([...(await made.get(3)).indices], [9, 10, 11]);
  await rest();
  process.off("unhandledRejection", hear);
  assert.equal(loud, []);
});

test("an aborted signal ends what is awaited at once, and what is made ahead", async () => {
  const never = dataSet({
    size: 8,
    fields: { x: { shape: [], dtype: "f32" } },
    get: (i) => (i < 4 ? { x: Float32Array.of(i) } : new Promise(() => {})),
  });
  const control = new AbortController();
  const made = loader(never, { batch: 2, ahead: 1, parallel: 1, signal: control.signal });
  await made.get(1);
  const waiting = made.get(2).catch((reason: unknown) => reason);
  control.abort();
  assert.is(((await waiting) as Error).name, "AbortError");
  assert.is(((await made.get(0).catch((reason: unknown) => reason)) as Error).name, "AbortError");
  assert.ok(made.waited > 0);
});

test("mistakes are named", async () => {
  const set = numbered(6);
  const wrong: readonly (readonly [() => unknown, RegExp])[] = [
    [() => loader(set, { batch: 0 }), /loader: batch must be a whole number from 1, got 0/],
    [() => loader(set, { batch: 2, ahead: -1 }), /ahead must be a whole number from 0/],
    [() => loader(set, { batch: 7, dropLast: true }), /a batch of 7 of 6 samples is none/],
    [() => loader(set, { batch: 2, augment: [crop({ size: 5 })] }), /crop: 5x5 pixels of a picture of 4x4/],
    [() => loader(fromArrays({ weight: [1, 2] }), { batch: 1 }), /must not be called weight/],
    [() => loader(set, { batch: 2, order: () => [Uint32Array.of(1, 2, 3)] }), /a batch of 3 samples; at most 2 fit/],
  ];
  for (const [run, message] of wrong) assert.throws(run, message);
  const short = dataSet({
    size: 1,
    fields: { x: { shape: [2], dtype: "f32" } },
    where: () => "a.bin",
    get: () => ({ x: Float32Array.of(1) }),
  });
  const error = await loader(short, { batch: 1 })
    .get(0)
    .catch((reason: unknown) => reason);
  assert.match((error as Error).message, /^a\.bin: field x is f32 \[2\], but the sample has a Float32Array of 1$/);
  await loader(set, { batch: 2 })
    .get(3)
    .then(
      () => assert.unreachable(),
      (reason: Error) => assert.match(reason.message, /batch must be a whole number from 0 to 2, got 3/),
    );
});

test("memory is flat over many epochs", async () => {
  const set = fromArrays(
    { x: { data: new Float32Array(64 * 3 * 32 * 32), shape: [3, 32, 32] }, y: Int32Array.from({ length: 64 }, (_, i) => i % 2) },
    { pictures: { x: { std: 0.5 } } },
  );
  const epochs = 200;
  const made = loader(set, { batch: 10, training: true, augment: [flip(), crop(2)], epochs, ahead: 3 });
  const run = async (from: number, to: number): Promise<void> => {
    for (let epoch = from; epoch < to; epoch++) for (let index = 0; index < made.count(); index++) await made.get(index, epoch);
  };
  await run(0, 50);
  const early = process.memoryUsage().rss;
  await run(50, epochs);
  const grown = (process.memoryUsage().rss - early) / 2 ** 20;
  console.log(`# ${epochs * made.count()} batches: ${grown.toFixed(1)} MiB resident more than after ${50 * made.count()}`);
  assert.ok(grown < 60, `${grown} MiB`);
});

test.run();
