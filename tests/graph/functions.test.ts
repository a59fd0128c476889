/** The functions of the language: broadcasting, compositions, errors that name the op and the path. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../src/graph/index.ts";

const values = (node: g.Node, feeds: g.NodeValues = new Map()): number[] => [...g.evaluate([node], feeds)[0].data];
const range = (...shape: number[]): g.Node =>
  g.constant(
    Array.from({ length: g.sizeOf(shape) }, (_, i) => i),
    shape,
  );

test("values broadcast as in NumPy, and numbers are constants", () => {
  const sum = g.add(g.constant([[1], [2]]), g.constant([10, 20, 30]));
  assert.equal(sum.shape, [2, 3]);
  assert.equal(values(sum), [11, 21, 31, 12, 22, 32]);
  assert.equal(values(g.sub(1, g.constant([1, 2]))), [0, -1]);
  assert.equal(values(g.select(g.constant([1, 0], [2], "i32"), 5, g.constant([7, 8]))), [5, 8]);
  assert.throws(() => g.add(g.zeros([2]), g.zeros([3])), /add: \[2\] and \[3\] do not broadcast/);
});

test("errors name the op and the path", () => {
  const x = g.input("x", [1, 32, 8, 8]);
  const w = g.variable("w", [4, 64, 3, 3]);
  assert.throws(() => g.scope("layer1.0.conv2", () => g.conv2d(x, w)), /^conv2d at layer1.0.conv2: expected 64 input channels, got 32$/);
  const fails = (build: () => unknown, message: RegExp): void => {
    assert.throws(
      () => g.scope("a.b", build),
      (error: unknown) => error instanceof g.GraphError && message.test(error.message) && error.message.includes("at a.b"),
    );
  };
  fails(() => g.matmul(g.zeros([2, 3]), g.zeros([2, 3])), /inner extents 3 and 2 differ/);
  fails(() => g.reshape(x, [5, -1]), /does not divide/);
  fails(() => g.reshape(x, [5]), /does not hold as many elements/);
  fails(() => g.concat([g.zeros([1, 2]), g.zeros([1, 3])], 0), /do not agree off axis 0/);
  fails(() => g.sum(x, 4), /axis 4 is outside a tensor of rank 4/);
  fails(() => g.sum(x, [1, -3]), /repeat/);
  fails(() => g.transpose(x, [0, 1, 2, 2]), /not a permutation/);
  fails(() => g.slice(x, [0, 0, 0, 0], [1, 33, 8, 8]), /outside/);
  fails(() => g.conv2d(x, g.zeros([4, 32, 9, 9])), /does not fit/);
  fails(() => g.conv2d(x, g.zeros([4, 8, 3, 3]), { groups: 4, stride: 0 }), /stride must be integers of at least 1/);
  fails(() => g.conv2d(x, g.zeros([3, 16, 3, 3]), { groups: 2 }), /3 output channels do not divide into 2 groups/);
  fails(() => g.broadcastTo(g.zeros([2]), [3]), /does not broadcast/);
  fails(() => g.gather(g.zeros([2, 3]), g.zeros([2, 3], "i32"), 2), /axis 2/);
  fails(() => g.gather(g.zeros([2, 3]), g.zeros([3, 3], "i32"), 1), /do not agree off axis 1/);
  fails(() => g.input("y", [2, 0]), /positive integer/);
  fails(() => g.constant([1, 2], [3]), /expected 3 values/);
  fails(() => g.constant([[1, 2], [3]]), /uneven/);
  fails(() => g.uniform(g.zeros([3], "i32"), [2]), /key of shape \[2\]/);
  fails(() => g.variance(g.zeros([1, 2]), 0, { unbiased: true }), /two elements/);
});

test("dtypes are checked", () => {
  const [real, integer] = [g.zeros([2]), g.zeros([2], "i32")];
  assert.throws(() => g.add(real, integer), /dtypes differ: f32 and i32/);
  for (const f of [g.exp, g.floor, g.relu, g.sqrt, g.isFinite]) assert.throws(() => f(integer), /expected an f32 input, got i32/);
  assert.throws(() => g.select(real, 1, 2), /i32 condition/);
  assert.throws(() => g.matmul(g.zeros([2, 2], "i32"), g.zeros([2, 2], "i32")), /f32 matrix/);
  assert.throws(() => g.constant([0.5], [1], "i32"), /32-bit integers/);
  assert.throws(() => g.oneHot(real, 3), /i32 labels/);
  assert.is(g.less(real, 0).dtype, "i32");
  assert.is(g.add(integer, 1).dtype, "i32");
  assert.is(g.constant(Int32Array.of(1)).dtype, "i32");
  assert.is(g.cast(real, "f32"), real);
});

test("integers wrap to 32 bits and divide towards zero", () => {
  const big = g.constant([2 ** 31 - 1, -(2 ** 31), 7], [3], "i32");
  assert.equal(values(g.add(big, 1)), [-(2 ** 31), -(2 ** 31) + 1, 8]);
  assert.equal(values(g.mul(big, 3)), [2147483645, -2147483648, 21]);
  assert.equal(values(g.neg(big)), [-(2 ** 31) + 1, -(2 ** 31), -7]);
  assert.equal(values(g.div(g.constant([-7, 7, 5], [3], "i32"), g.constant([2, -2, 0], [3], "i32"))), [-3, -3, 5]);
  assert.equal(values(g.cast(g.constant([-1.9, 1.9, 3e9]), "i32")), [-1, 1, 2 ** 31 - 1]);
});

test("comparisons", () => {
  const [a, b] = [g.constant([1, 2, 3]), g.constant([2, 2, 2])];
  const found = [g.less, g.lessEqual, g.greater, g.greaterEqual, g.equal, g.notEqual].map((f) => values(f(a, b)).join(""));
  assert.equal(found, ["100", "110", "001", "011", "010", "101"]);
  assert.equal(values(g.isFinite(g.constant([1, Number.NaN, Number.POSITIVE_INFINITY, 1e39]))), [1, 0, 0, 0]);
});

test("reductions keep or drop their axes; negative axes count from the end", () => {
  const x = range(2, 3, 4);
  assert.equal(g.sum(x).shape, []);
  assert.equal(g.sum(x, -1).shape, [2, 3]);
  assert.equal(g.mean(x, [0, -1], { keepDims: true }).shape, [1, 3, 1]);
  assert.equal(values(g.mean(x, [0, 2])), [7.5, 11.5, 15.5]);
  assert.equal(values(g.reduceMin(x, [1, 2])), [0, 12]);
  assert.equal(
    values(
      g.argmax(
        g.constant([
          [1, 3, 3],
          [5, 4, 5],
        ]),
        1,
      ),
    ),
    [1, 0],
  );
  assert.is(g.sum(x, []), x);
  const ends = g.constant([2 ** 31 - 1, -(2 ** 31), 7], [3], "i32");
  assert.equal([values(g.reduceMin(ends)), values(g.reduceMin(ends, []))], [[-(2 ** 31)], values(ends)]);
  const far = g.moments(g.constant([1e8, 1e8 + 8, 1e8 + 16]));
  assert.equal(
    [far.mean, far.variance].map((node) => values(node)[0]),
    [1e8 + 8, 128 / 3],
  );
});

test("movement", () => {
  const x = range(2, 3);
  assert.equal(values(g.transpose(x)), [0, 3, 1, 4, 2, 5]);
  assert.is(g.transpose(x, [0, 1]), x);
  assert.equal(g.flatten(range(2, 3, 4)).shape, [2, 12]);
  assert.equal(values(g.slice(x, [0, 0], [2, -1], [1, 2])), [0, 3]);
  assert.equal(values(g.sliceAxis(x, -1, 1, 3)), [1, 2, 4, 5]);
  assert.equal(
    g.split(x, 1, [1, 2]).map((part) => values(part)),
    [
      [0, 3],
      [1, 2, 4, 5],
    ],
  );
  assert.throws(() => g.split(x, 1, [1, 1]), /adds up to 2, not to 3/);
  assert.equal(values(g.pad(g.constant([1, 2]), [1], [2], { value: 9, interior: [1] })), [9, 1, 9, 2, 9, 9]);
  assert.equal(values(g.stack([g.constant([1, 2]), g.constant([3, 4])], 1)), [1, 3, 2, 4]);
  assert.equal(values(g.reverse(x, -1)), [2, 1, 0, 5, 4, 3]);
  assert.equal(g.squeeze(g.zeros([1, 2, 1])).shape, [2]);
  assert.equal(g.unsqueeze(x, -1).shape, [2, 3, 1]);
  assert.throws(() => g.squeeze(x, 0), /is not 1/);
});

test("matmul: batches broadcast, and a matrix takes all leading axes at once", () => {
  assert.equal(g.matmul(g.zeros([5, 1, 2, 3]), g.zeros([4, 3, 6])).shape, [5, 4, 2, 6]);
  const flat = g.matmul(g.zeros([5, 4, 3]), g.zeros([3, 6]));
  assert.equal(flat.shape, [5, 4, 6]);
  assert.equal(flat.inputs[0].shape, [20, 6]);
  assert.equal(g.matmul(g.zeros([5, 3, 4]), g.zeros([6, 3]), { transposeA: true, transposeB: true }).shape, [5, 4, 6]);
  assert.equal(values(g.matmul(range(2, 2), g.constant([[1], [10]]))), [10, 32]);
});

test("windows: every way to write padding", () => {
  const x = g.zeros([1, 2, 7, 6]);
  const shape = (padding: g.PaddingOption, stride = 2): g.Shape => g.conv2d(x, g.zeros([3, 2, 3, 3]), { padding, stride }).shape.slice(2);
  assert.equal(shape(0), [3, 2]);
  assert.equal(shape(1), [4, 3]);
  assert.equal(shape([0, 1]), [3, 3]);
  assert.equal(shape([0, 1, 0, 1]), [3, 3]);
  assert.equal(shape("same"), [4, 3]);
  assert.equal(shape("same", 1), [7, 6]);
});

test("unfold lays windows out as columns, fold adds them up where they lie", () => {
  const x = g.reshape(range(1, 12), [1, 1, 3, 4]);
  const options = { kernelSize: [2, 3], padding: [0, 1] } as const;
  const columns = g.unfold(x, options);
  assert.equal(columns.shape, [1, 6, 8]);
  // Row (r, s) = (0, 0): what lies left of each window's middle.
  assert.equal(values(columns).slice(0, 8), [0, 0, 1, 2, 0, 4, 5, 6]);
  // Every pixel counts as often as windows hold it: the outer columns twice, the others three times; the middle row doubly.
  const folded = g.fold(columns, { ...options, outputSize: [3, 4] });
  assert.equal(
    values(folded),
    values(x).map((value, i) => value * (i >> 2 === 1 ? 2 : 1) * (i % 4 === 0 || i % 4 === 3 ? 2 : 3)),
  );
  assert.throws(() => g.unfold(x, { kernelSize: 4 }), "does not fit");
  assert.throws(() => g.fold(columns, { ...options, outputSize: [3, 5] }), "expected 10 windows");
  assert.throws(() => g.fold(columns, { kernelSize: 4, outputSize: [5, 7] }), "do not divide");
});

test("an index outside reads 0 and adds nothing", () => {
  const index = g.constant([-1, 0, 2, 3], [4], "i32");
  assert.equal(values(g.take(g.constant([5, 6, 7]), index, 0)), [0, 5, 7, 0]);
  assert.equal(values(g.scatterAdd(g.constant([1, 2, 3, 4]), index, 0, 3)), [2, 0, 3]);
  assert.equal(values(g.oneHot(g.constant([2, -1], [2], "i32"), 3)), [0, 0, 1, 0, 0, 0]);
});

test("a window of nothing but padding pools to 0, and passes no gradient", () => {
  const x = g.constant([[[[4]]]]);
  const y = g.maxPool2d(x, { kernelSize: 1, stride: 1, padding: [0, 0, 1, 0] });
  assert.equal(values(y), [0, 4]);
});

test("evaluate: feeds by node, key or path; missing inputs are named", () => {
  const [x, w] = [g.input("x", [2]), g.variable("w", [2], { init: { kind: "constant", value: 3 } })];
  const y = g.mul(x, w);
  assert.equal(
    values(
      y,
      new Map<g.Node | string, number[]>([
        [x, [1, 2]],
        ["w", [5, 5]],
      ]),
    ),
    [5, 10],
  );
  assert.equal(values(y, new Map([["x", [1, 2]]])), [3, 6]);
  assert.equal(values(g.add(y, 1), new Map([[y, [1, 1]]])), [2, 2], "a fed node hides what is before it");
  assert.throws(() => values(y), /input "x" was not fed/);
  assert.throws(() => values(y, new Map([["x", [1]]])), /expected 2 numbers/);
});

test.run();
