/** `npm run bench -- memory`: 2,000 steps of a training hold as much at the end as at the beginning, to the byte on the GPU. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { garbageCollector, memoryTable } from "../../bench/memory/run.ts";
import { trainLong } from "../../bench/memory/train.ts";

const MIB = 2 ** 20;

test("2,000 steps: GPU bytes to the byte, the process within 24 MiB", async () => {
  const device = await openDevice();
  const samples = await trainLong(device, { steps: 2000, looks: 10, collect: garbageCollector() });
  device.close();
  assert.equal(
    samples.map(({ step }) => step),
    [200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000],
  );
  assert.ok(samples[0].gpu > 1000, `${samples[0].gpu} bytes counted`);
  for (const { step, gpu } of samples) assert.is(gpu, samples[0].gpu, `GPU bytes at step ${step}`);
  // The first looks still see code that is being compiled.
  const [early, end] = [samples[2], samples[9]];
  const grown = { heap: (end.heap - early.heap) / MIB, resident: (end.resident - early.resident) / MIB };
  console.log(`# 1400 steps: ${grown.heap.toFixed(2)} MiB more of JavaScript, ${grown.resident.toFixed(1)} MiB more resident`);
  assert.ok(grown.heap < 2, `${grown.heap} MiB of JavaScript`);
  assert.ok(grown.resident < 24, `${grown.resident} MiB resident`);
});

test("the table shows the first look, some, and the last", () => {
  const samples = Array.from({ length: 12 }, (_, i) => ({ step: i + 1, resident: 100 * MIB, heap: 10 * MIB, gpu: 4096 }));
  const rows = memoryTable(samples).split("\n").slice(2);
  assert.equal(
    rows.map((row) => Number(row.split("|")[1])),
    [1, 5, 10, 12],
  );
  assert.match(rows[0], "| 1 | 100 MiB | 10.0 MiB | 4096 B |");
});

test.run();
