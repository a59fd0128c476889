/** Deletion and insertion: ranks, curves, and the graph that answers them, on the f64 reference. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constant, evaluate, input, type Node } from "../../src/graph/index.ts";
import { blurred, faithfulnessOf, OCCLUDED, PROBE, probeGraph, probes, rankOf } from "../../src/explain/index.ts";
import { fill } from "../models/golden.ts";
import { tiny } from "./networks.ts";

const heat = (...values: number[]) => ({ width: values.length, height: 1, values: Float32Array.from(values), least: 0, largest: 1 });

test("ranks: the hottest pixel is 0, ties row by row", () => {
  assert.equal([...rankOf(heat(0.5, 1, 0, 0.5))], [0.25, 0, 0.75, 0.5]);
});

test("the probes are two curves and the occlusion, from nothing to everything", () => {
  const list = probes(4);
  assert.is(list.length, 11);
  assert.equal(
    list.map(({ insert }) => insert),
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0],
  );
  assert.equal(
    list.slice(0, 4).map(({ share }) => share),
    [0, 0.25, 0.5, 0.75],
  );
  // Ranks are below 1: everything is done.
  assert.ok(list[4].share > 1 && list[9].share > 1);
  assert.is(list[10].share, OCCLUDED);
});

test("areas by trapezoids, and the drop in confidence", () => {
  const { deletion, insertion, occlusion } = faithfulnessOf(2, [1, 0.5, 0, 0, 0.5, 0.5, 0.7]);
  assert.is(deletion.auc, 0.5);
  assert.is(insertion.auc, 0.375);
  assert.equal([occlusion.before, occlusion.after], [1, 0.7]);
  assert.ok(Math.abs(occlusion.drop - 0.3) < 1e-12);
  assert.equal([deletion.baseline, insertion.baseline, occlusion.baseline], ["mean colour", "blurred picture", "mean colour"]);
});

test("blurring keeps one colour, and the order of what it mixes", () => {
  const flat = evaluate([blurred(constant(new Float32Array(2 * 20 * 30).fill(0.7), [1, 2, 20, 30]))])[0].data;
  assert.ok(flat.every((value) => Math.abs(value - 0.7) < 1e-6));
  const step = Float32Array.from({ length: 30 * 30 }, (_, i) => (i % 30 < 15 ? 0 : 1));
  const row = evaluate([blurred(constant(step, [1, 1, 30, 30]))])[0].data.subarray(300, 330);
  for (let x = 1; x < 30; x++) assert.ok(row[x] >= row[x - 1]);
  for (let x = 13; x < 18; x++) assert.ok(row[x] > row[x - 1]);
  assert.ok(Math.abs(row[14] + row[15] - 1) < 1e-6);
});

test("the probe's graph shows the network what it should", () => {
  const [C, H, W] = [3, 8, 8];
  const image = fill("probe", [1, C, H, W]);
  const ranks = rankOf({ ...heat(), width: W, height: H, values: Float32Array.from(fill("heat", [H * W])) });
  const list = probes(3);
  const seen: Node[] = [];
  const probability = probeGraph(
    (x) => {
      seen.push(x);
      return tiny(x);
    },
    [C, H, W],
    list.length,
  );
  const feeds = new Map<string, ArrayLike<number>>([
    [PROBE.image, image],
    [PROBE.rank, list.flatMap(() => [...ranks])],
    [PROBE.share, list.map(({ share }) => share)],
    [PROBE.insert, list.map(({ insert }) => insert)],
    [PROBE.target, new Array(list.length).fill(2)],
  ]);
  const [shown, answers] = evaluate([seen[0], probability], feeds, { seed: 1 });
  const soft = evaluate([blurred(input("x", [1, C, H, W]))], new Map([["x", image]]))[0].data;
  list.forEach(({ share, insert }, b) => {
    for (let c = 0; c < C; c++) {
      const own = image.subarray(c * H * W, (c + 1) * H * W);
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      for (let at = 0; at < H * W; at++) {
        const done = ranks[at] < Math.fround(share);
        const expected = insert ? (done ? own[at] : soft[c * H * W + at]) : done ? mean : own[at];
        assert.ok(Math.abs(shown.data[(b * C + c) * H * W + at] - expected) < 1e-12, `probe ${b}, channel ${c}, pixel ${at}`);
      }
    }
  });
  // Deletion's beginning and insertion's end are the picture itself.
  assert.is(answers.data[0], answers.data[7]);
  assert.is.not(answers.data[0], answers.data[1]);
});

test.run();
