/** Hashes and random numbers: published values, and what shuffles and draws must keep. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { batches, epochOrder, normalizePixels, shuffle, takePictures } from "../../src/data/batch.ts";
import { hashText, hex32, xxh32 } from "../../src/data/hash.ts";
import { naturalOrder } from "../../src/data/text/natural.ts";
import { createRandom, portableLog } from "../../src/data/random.ts";

test("XXH32 gives the published values", () => {
  assert.is(hex32(hashText("")), "02cc5d05");
  assert.is(hex32(hashText("a")), "550d7456");
  assert.is(hex32(hashText("abc")), "32d153ff");
  assert.is(hex32(hashText("Nobody inspects the spammish repetition")), "e2293b2f");
});

test("XXH32 sees every change of one byte, and does not depend on alignment", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
      const altered = bytes.slice();
      altered[at % bytes.length] ^= change;
      assert.is.not(xxh32(altered), xxh32(bytes));
      const shifted = new Uint8Array(bytes.length + 3);
      shifted.set(bytes, 3);
      assert.is(xxh32(shifted.subarray(3)), xxh32(bytes));
    }),
  );
});

test("a stream is fixed for all time and all machines", () => {
  const random = createRandom(7, "bags", 3);
  assert.equal(
    Array.from({ length: 4 }, () => random.bits()),
    FIXED.bits,
  );
  assert.equal(
    Array.from({ length: 3 }, () => random.next()),
    FIXED.next,
  );
  assert.equal(
    Array.from({ length: 3 }, () => random.normal()),
    FIXED.normal,
  );
  assert.equal([...random.permutation(8)], FIXED.permutation);
});

test("other seeds and other paths are other streams; equal ones are equal", () => {
  const first = (seed: number, ...path: (string | number)[]): string => {
    const random = createRandom(seed, ...path);
    return [random.bits(), random.bits(), random.bits()].join();
  };
  const streams = [
    first(1),
    first(2),
    first(-1),
    first(1.5),
    first(1, "a"),
    first(1, "b"),
    first(1, 7),
    first(1, "7"),
    first(1, "a", "b"),
    first(1, "ab"),
  ];
  assert.is(new Set(streams).size, streams.length);
  assert.is(first(1, "a", 2), first(1, "a", 2));
  assert.throws(() => createRandom(Number.NaN), /must be finite/);
});

test("uniform numbers fill [0, 1) evenly: mean, variance and chi-square over 64 cells", () => {
  const random = createRandom(11, "uniform");
  const [n, cells] = [100_000, new Float64Array(64)];
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i += 1) {
    const x = random.next();
    assert.ok(x >= 0 && x < 1);
    cells[Math.floor(x * 64)] += 1;
    sum += x;
    squares += x * x;
  }
  const mean = sum / n;
  assert.ok(Math.abs(mean - 0.5) < 0.005, `mean ${mean}`);
  assert.ok(Math.abs(squares / n - mean * mean - 1 / 12) < 0.003);
  const chi = cells.reduce((total, count) => total + (count - n / 64) ** 2 / (n / 64), 0);
  assert.ok(chi > 30 && chi < 110, `chi-square ${chi} of 63 degrees of freedom`);
});

test("normal numbers have the moments of N(0, 1)", () => {
  const random = createRandom(12, "normal");
  const n = 100_000;
  const moments = [0, 0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    const x = random.normal();
    moments.forEach((_, k) => {
      moments[k] += x ** (k + 1) / n;
    });
  }
  [0, 1, 0, 3].forEach((expected, k) => {
    assert.ok(Math.abs(moments[k] - expected) < 0.06, `moment ${k + 1}: ${moments[k]}`);
  });
});

test("portableLog is Math.log to 1e-15", () => {
  fc.assert(
    fc.property(fc.double({ min: 5e-324, max: 1, noNaN: true }), (x) => {
      assert.ok(Math.abs(portableLog(x) - Math.log(x)) <= 1e-15 * Math.max(1, Math.abs(Math.log(x))));
    }),
  );
});

test("int is even over its range, also where a plain remainder would be biased", () => {
  const random = createRandom(13, "int");
  const thirds = [0, 0, 0];
  // With n = 3 * 2^30, `bits() % n` would hit the first third twice as often.
  for (let i = 0; i < 30_000; i += 1) thirds[Math.floor(random.int(3 * 2 ** 30) / 2 ** 30)] += 1;
  for (const count of thirds) assert.ok(Math.abs(count - 10_000) < 400, `${thirds}`);
  assert.is(random.int(1), 0);
  assert.ok(random.int(2 ** 32) < 2 ** 32);
  for (const bad of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) assert.throws(() => random.int(bad), /random.int/);
});

test("every order of three items is equally likely", () => {
  const random = createRandom(14);
  const counts = new Map<string, number>();
  for (let i = 0; i < 12_000; i += 1) {
    const order = random.shuffle(["a", "b", "c"]).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.is(counts.size, 6);
  for (const count of counts.values()) assert.ok(Math.abs(count - 2000) < 200, `${count}`);
});

test("an epoch's order is a permutation that depends on seed and epoch alone", () => {
  const order = epochOrder(100, 1, 5);
  assert.equal(
    [...order].sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => i),
  );
  assert.equal([...order], [...epochOrder(100, 1, 5)]);
  assert.not.equal([...order], [...epochOrder(100, 1, 6)]);
  assert.not.equal([...order], [...epochOrder(100, 2, 5)]);
  const items = [1, 2, 3, 4, 5];
  assert.equal(shuffle(items, 3, "x"), shuffle(items, 3, "x"));
  assert.equal(items, [1, 2, 3, 4, 5]);
});

test("batches hold everything once, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 40 }), fc.integer({ min: 1, max: 12 }), (items, size) => {
      assert.equal(batches(items, size).flat(), items);
      const full = batches(items, size, { dropLast: true });
      assert.ok(full.every((batch) => batch.length === size));
      assert.is(full.length, Math.floor(items.length / size));
    }),
  );
  assert.throws(() => batches([1], 0), /positive integer/);
});

test("pictures are taken by index, and pixels scaled", () => {
  const set = { images: Uint8Array.of(1, 2, 3, 4, 5, 6), height: 1, width: 2, count: 3 };
  assert.equal([...takePictures(set, [2, 0, 2])], [5, 6, 1, 2, 5, 6]);
  assert.throws(() => takePictures(set, [3]), /outside 0..2/);
  assert.equal([...normalizePixels(Uint8Array.of(0, 255))], [0, 1]);
  assert.equal([...normalizePixels(Uint8Array.of(0, 255), { mean: 0.5, std: 0.5 })], [-1, 1]);
});

test("names are sorted as people count", () => {
  const names = ["10.png", "2.png", "1.png", "a10", "a9", "a", "02.png", "B"];
  assert.equal(names.sort(naturalOrder), ["1.png", "02.png", "2.png", "10.png", "B", "a", "a9", "a10"]);
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a0-9.]{0,6}$/), { minLength: 3, maxLength: 3 }), ([a, b, c]) => {
      assert.is(Math.sign(naturalOrder(a, b)) + Math.sign(naturalOrder(b, a)), 0);
      if (naturalOrder(a, b) <= 0 && naturalOrder(b, c) <= 0) assert.ok(naturalOrder(a, c) <= 0);
    }),
  );
});

/** Printed once by this code and kept: a change here changes every data order ever trained with. */
const FIXED = {
  bits: [1080032151, 3517776590, 8934461, 2479443576],
  next: [0.11453136496039917, 0.3965668346353475, 0.9980422159145435],
  normal: [0.44646356905264134, 0.6380436890470984, -0.4139572520422125],
  permutation: [2, 5, 3, 7, 0, 4, 1, 6],
};

test.run();
