/** What may be fed and written: every kind of array of numbers, and a clear word about everything else. */
import { openDevice } from "#open-device";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, input, mul, variable } from "../../../src/graph/index.ts";
import { compile, createStore, type Feed, type Program, ProgramError } from "../../../src/kernels/index.ts";
import { rejects } from "./spy.ts";

const device = await openDevice();
const program: Program = await compile(device, {
  name: "step",
  outputs: { x: mul(input("x", [3]), 1), labels: mul(input("labels", [3], "i32"), 1) },
});
const call = (feeds: Record<string, unknown>) => program.call(feeds as Record<string, Feed>);
const good = { x: [1, 2, 3], labels: [1, 2, 3] };

test("every kind of array holds its numbers: typed ones, 64-bit integers, plain ones", async () => {
  const kinds = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array];
  const small = fc.array(fc.integer({ min: 0, max: 127 }), { minLength: 3, maxLength: 3 });
  const whole = fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: 3, maxLength: 3 });
  // WGSL may flush subnormals.
  const normal = fc.float({ noNaN: true, noDefaultInfinity: true }).filter((value) => value === 0 || Math.abs(value) >= 2 ** -126);
  const real = fc.array(normal, { minLength: 3, maxLength: 3 });
  const property = fc.asyncProperty(fc.constantFrom(...kinds), small, whole, real, async (Kind, bytes, integers, floats) => {
    const first = await call({ x: new Kind(bytes), labels: new Kind(bytes) });
    assert.equal([...first.x, ...first.labels], [...bytes, ...bytes]);
    const bigints = integers.map(BigInt);
    for (const labels of [integers, Int32Array.from(integers), BigInt64Array.from(bigints), bigints, Float64Array.from(integers)]) {
      const second = await call({ x: new Float64Array(floats), labels });
      assert.equal([...second.labels], integers);
      assert.equal(
        [...second.x],
        floats.map((value) => value + 0),
      );
    }
    const third = await call({ x: BigInt64Array.from(bigints), labels: BigUint64Array.from(bytes.map(BigInt)) });
    assert.equal([...third.x], integers.map(Math.fround));
    assert.equal([...third.labels], bytes);
  });
  await fc.assert(property, { numRuns: 20 });
});

test("integers that 32 bits do not hold are refused, not cut", async () => {
  const refused: [unknown, RegExp][] = [
    [
      BigInt64Array.of(0n, 2n ** 31n, 0n),
      /input "labels" is 2147483648 at element 1; it takes 32-bit integers, -2147483648 to 2147483647$/,
    ],
    [BigInt64Array.of(-(2n ** 31n) - 1n, 0n, 0n), /is -2147483649 at element 0/],
    [BigInt64Array.of(0n, 0n, 2n ** 32n), /is 4294967296 at element 2/],
    [BigUint64Array.of(0n, 0n, 2n ** 64n - 1n), /is 18446744073709551615 at element 2/],
    [Uint32Array.of(0, 2 ** 32 - 1, 0), /is 4294967295 at element 1/],
    [[0, 0.5, 0], /is 0.5 at element 1/],
    [[0, Number.NaN, 0], /is NaN at element 1/],
  ];
  for (const [labels, pattern] of refused) await rejects(() => call({ ...good, labels }), pattern, ProgramError);
});

test("what is no flat array of numbers is named", async () => {
  const bytes = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
  const refused: [unknown, RegExp][] = [
    [new DataView(new ArrayBuffer(12)), /^program "step": input "x" wants an array or a typed array of numbers, got a DataView$/],
    [new ArrayBuffer(12), /got an ArrayBuffer$/],
    ["123", /got a string$/],
    [3, /got a number$/],
    [null, /got null$/],
    [Promise.resolve([1, 2, 3]), /got a Promise$/],
    [new Set([1, 2, 3]), /got a Set$/],
    [bytes, /wants \[3\] = 3 values, got 12: bytes\? a Float32Array or Int32Array over the same buffer shows them as 3 values$/],
    [[[1, 2, 3]], /wants \[3\] = 3 values, got 1: lists in a list; flatten them$/],
    [[[1], [2], [3]], /input "x" is an Array at element 0; it takes numbers$/],
    [["1", "2", "3"], /is a string at element 0/],
    [[1, null, 3], /is null at element 1/],
    [[1, true, 3], /is a boolean at element 1/],
    [new Array(3), /is undefined at element 0/],
    [Float64Array.of(1, 1e39, 3), /is 1e\+39 at element 1; f32 ends at 3.4e38$/],
    [Float32Array.of(1, 2, Number.POSITIVE_INFINITY), /is Infinity at element 2; inputs must be finite$/],
  ];
  for (const [x, pattern] of refused) await rejects(() => call({ ...good, x }), pattern, ProgramError);
  assert.equal([...(await call(good)).x], [1, 2, 3], "the program is none the worse");
});

test("a variable takes the same, NaN and infinities beside", async () => {
  const store = createStore(device);
  const [w, n] = [variable("w", [3]), variable("n", [3], { dtype: "i32" })];
  const judge = await compile(device, { name: "judge", outputs: { w: add(w, 0), n: add(n, 0) }, store });
  store.write("w", Float64Array.of(1, Number.NaN, Number.NEGATIVE_INFINITY));
  store.write("n", BigInt64Array.of(1n, -2n, 3n));
  store.writePart("n", 2, [7n]);
  assert.equal([...(await store.read("w"))], [1, Number.NaN, Number.NEGATIVE_INFINITY]);
  assert.equal([...(await store.read("n"))], [1, -2, 7]);
  const refused: [string, unknown, RegExp][] = [
    ["n", [1, 1.5, 2], /^variable "n" is 1.5 at element 1; it takes 32-bit integers/],
    ["n", BigInt64Array.of(1n, 2n ** 31n, 2n), /^variable "n" is 2147483648 at element 1/],
    ["w", [1, 1e39, 2], /^variable "w" is 1e\+39 at element 1/],
    ["w", ["1", "2", "3"], /^variable "w" is a string at element 0/],
    ["w", new DataView(new ArrayBuffer(12)), /^variable "w" wants an array or a typed array of numbers, got a DataView$/],
  ];
  for (const [path, data, pattern] of refused) await rejects(async () => store.write(path, data as Feed), pattern, ProgramError);
  await rejects(async () => store.writePart("n", 1, [1.5]), /^variable "n" is 1.5/, ProgramError);
  assert.equal([...(await judge.call()).n], [1, -2, 7], "nothing was written");
  judge.dispose();
  store.dispose();
});

test("initial values that do not fit leave no variable behind", async () => {
  const w = variable("w", [3]);
  const store = createStore(device, { values: new Map([["w", [1, 2]]]) });
  await rejects(
    () => compile(device, { name: "init", outputs: { y: add(w, 0) }, store }),
    /variable "w" holds 3 values \[3\], got 2/,
    ProgramError,
  );
  assert.equal(store.paths(), []);
  store.dispose();
});

test("every device is closed", () => {
  program.dispose();
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
