/** The parts of the bench that decide what is believed: layouts, comparison, medians, ratios, goals. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { changeOf, sampleOf } from "../../bench/against/change.ts";
import { deviation, difference } from "../../bench/compare.ts";
import type { Measured } from "../../bench/report.ts";
import { judge, rowOf, summarize } from "../../bench/row.ts";
import { geometricMean, median, spread } from "../../bench/statistics.ts";
import { DEPTHWISE, FILTER, fillAll, flattened, fromPeer, IMAGE, LINEAR, type Peer, toPeer } from "../../bench/tensors.ts";
import { WORKLOADS } from "../../bench/workloads/index.ts";

test("a tensor survives the way to a peer and back", () => {
  const extent = fc.integer({ min: 1, max: 4 });
  const four = fc.tuple(extent, extent, extent, extent);
  const peers = ["tfjs", "jax"] as const;
  fc.assert(
    fc.property(four, fc.constantFrom<Peer>(...peers), fc.constantFrom(IMAGE, FILTER, DEPTHWISE), (shape, peer, layout) => {
      const { t } = fillAll({ t: { shape, layout } });
      const there = toPeer(peer, t);
      assert.equal(fromPeer(peer, there.values as Float32Array, there.shape, layout), t.values);
    }),
  );
  fc.assert(
    fc.property(four, fc.constantFrom<Peer>(...peers), ([out, C, H, W], peer) => {
      for (const layout of [flattened(out, C, H, W), LINEAR]) {
        const { t } = fillAll({ t: { shape: [out, C * H * W], layout } });
        const there = toPeer(peer, t);
        assert.equal(there.shape, [C * H * W, out]);
        assert.equal(fromPeer(peer, there.values as Float32Array, there.shape, layout), t.values);
      }
    }),
  );
});

test("channels go last in an image, and first in a filter's output", () => {
  const values = Float32Array.from({ length: 6 }, (_, i) => i);
  const image = toPeer("tfjs", { shape: [1, 2, 1, 3], values, layout: IMAGE });
  assert.equal(
    [image.shape, [...image.values]],
    [
      [1, 1, 3, 2],
      [0, 3, 1, 4, 2, 5],
    ],
  );
  const filter = toPeer("tfjs", { shape: [3, 2, 1, 1], values, layout: FILTER });
  assert.equal(
    [filter.shape, [...filter.values]],
    [
      [1, 1, 2, 3],
      [0, 2, 4, 1, 3, 5],
    ],
  );
});

test("the fill is uniform in offset +- scale, and the same for a name", () => {
  const spec = { shape: [10_000], scale: 2, offset: 5 };
  const { a, b } = fillAll({ a: spec, b: spec });
  assert.equal(a.values, fillAll({ a: spec }).a.values);
  assert.not.equal(a.values, b.values);
  assert.ok(a.values.every((value) => value >= 3 && value < 7));
  const mean = Array.from(a.values).reduce((sum, value) => sum + value, 0) / 10_000;
  assert.ok(Math.abs(mean - 5) < 0.05, String(mean));
});

test("results differ if a value, a length, a name or NaN does", () => {
  const y = Float32Array.of(3, -4, 5, 0);
  assert.is(deviation(y, y), 0);
  const rms = Math.sqrt(50 / 4);
  assert.ok(Math.abs(deviation(y, Float32Array.of(3, -4, 5, 0.5)) - 0.5 / rms) < 1e-9);
  assert.is(difference({ y }, { y }, 0), null);
  assert.match(difference({ y }, { y: Float32Array.of(3, -4, 5, 0.5) }, 1e-3) ?? "", /y is 1\.4e-1/);
  assert.match(difference({ y }, { y: Float32Array.of(3, -4, 5, Number.NaN) }, 1e9) ?? "", /y is NaN/);
  assert.match(difference({ y }, { y: y.subarray(1) }, 1) ?? "", /3 values instead of 4/);
  assert.match(difference({ y }, {}, 1) ?? "", /no output y/);
});

test("medians, spreads and means", () => {
  assert.equal([median([3, 1, 2]), median([4, 1, 2, 3]), spread([8, 10, 12]), spread([5])], [2, 2.5, 0.4, 0]);
  assert.ok(Math.abs(geometricMean([2, 8]) - 4) < 1e-12);
});

const lap = (ms: number) => ({ ms, cpuMs: 2 * ms });

test("the first steady call does not count, a warm first call is told apart", () => {
  const visit = (first: number, ...calls: number[]) => ({ first: lap(first), calls: calls.map(lap), bytes: 100 });
  const found = summarize([
    { visit: visit(900, 50, 10, 12), warm: false },
    { visit: visit(1100, 60, 14, 16), warm: false },
    { visit: visit(100, 70, 12), warm: true },
  ]);
  assert.equal(found, {
    ...{ ms: 12, spread: (15 - 11) / 12, cpuMs: 24, firstMs: 1000, firstCpuMs: 2000, warmFirstMs: 100, bytes: 100, rounds: 3, calls: 5 },
  });
  assert.is(summarize([{ visit: { calls: [] }, warm: false }]), undefined);
});

test("ratios are to the best peer; a timeout is a lower bound; a goal is met or missed", () => {
  const [workload] = WORKLOADS;
  const measured = (ms: number, firstMs: number): Measured => ({
    ...{ ms, firstMs, spread: 0, cpuMs: ms, firstCpuMs: firstMs, bytes: 10, rounds: 1, calls: 3 },
  });
  const ours = measured(10, 100);
  const both = rowOf(workload, ours, { tfjs: measured(50, 150), jax: measured(30, 400) }, { gflops: 1000, gbps: 1 });
  assert.equal([both.ratio, both.firstRatio, both.bound], [3, 1.5, false]);
  assert.equal([both.met, both.missed], [["3.00 times"], []]);
  assert.ok(Math.abs((both.shareOfCeiling ?? 0) - (workload.flops as number) / 10 / 1e6 / 1000) < 1e-12);
  const late = rowOf(workload, ours, { tfjs: { timedOut: "calls", atLeastMs: 990, firstMs: 500 }, jax: { cannot: "no" } }, undefined);
  assert.equal([late.ratio, late.firstRatio, late.bytesRatio, late.bound], [99, 5, null, true]);
  const alone = rowOf(workload, ours, { tfjs: { differs: "y" } }, undefined);
  assert.equal([alone.ratio, alone.met, alone.missed], [null, [], []]);
  assert.equal(judge("large product", { ratio: 2.4, shareOfCeiling: 0.5 }), {
    met: ["50 % of the ceiling"],
    missed: ["2.40 times, goal 2.50 times"],
  });
});

test("workloads have different names, inputs of their shapes, and a goal that can be judged", () => {
  const names = WORKLOADS.map(({ name }) => name);
  assert.is(new Set(names).size, names.length);
  for (const { name, flops, bytes } of WORKLOADS) assert.ok((flops ?? bytes ?? 1) > 0, name);
});

test("a workload counts as slower when every visit is slower than every one before, by 2 % at least", () => {
  const samples = (...calls: readonly number[]) => calls.map((call) => ({ call, first: 10 * call }));
  const before = samples(10, 11, 12);
  assert.is(changeOf("w", before, samples(12.1, 12.5, 13)).slower, true);
  assert.is(changeOf("w", before, samples(11.9, 12.5, 13)).slower, false, "the ranges meet");
  assert.is(changeOf("w", samples(10, 10, 10), samples(10.1, 10.1, 10.1)).slower, false, "1 % is nothing");
  const { ratio, firstRatio, now } = changeOf("w", before, samples(22, 24, 20));
  assert.equal([ratio, firstRatio, now], [2, 2, { median: 22, least: 20, most: 24 }]);
});

test("a visit counts by its quickest call, and not at all without one", () => {
  const first = { ms: 9, cpuMs: 12 };
  const calls = [3, 2, 4].map((cpuMs) => ({ ms: 1, cpuMs }));
  assert.equal(sampleOf({ first, calls }), { call: 2, first: 12 });
  assert.is(sampleOf({ first, calls: [] }), undefined);
  assert.is(sampleOf({ calls, failed: "no device" }), undefined);
});

test.run();
