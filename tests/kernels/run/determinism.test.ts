/** The same seed, adapter and program give the same bits: run after run, compiled anew, on another device, resumed. */
import { openDevice } from "#open-device";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, constant, input, normal, scope, uniform, variable } from "../../../src/graph/index.ts";
import { compile, createStore, type ProgramSpec, type Store, type Values } from "../../../src/kernels/index.ts";
import type { Device } from "../../../src/runtime/device.ts";
import { generator } from "../../graph/values.ts";
import { programOf, recipes } from "../programs/random-programs.ts";
import { convolutions, perceptron, recurrence } from "../programs/training-steps.ts";

const [device, other] = [await openDevice(), await openDevice()];
type Feeds = Readonly<Record<string, ArrayLike<number>>>;

const hex = (values: Values): string => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("hex");

/** Outputs of each run and variables at the end, as bits. */
async function trace(
  on: Device,
  spec: ProgramSpec,
  feeds: readonly Feeds[],
  store: Store = createStore(on, { seed: 5 }),
): Promise<string[]> {
  const program = await compile(on, { ...spec, store });
  const seen: string[] = [];
  for (const feed of feeds) for (const values of Object.values(await program.call(feed))) seen.push(hex(values));
  program.dispose();
  for (const path of [...store.paths()].sort()) seen.push(`${path} ${hex(await store.read(path))}`);
  return seen;
}

function feedsFor(sizes: Readonly<Record<string, number>>, runs: number): Feeds[] {
  const random = generator(3);
  return Array.from({ length: runs }, () =>
    Object.fromEntries(
      Object.entries(sizes).map(([key, size]) => [
        key,
        Array.from({ length: size }, () => (key === "labels" ? Math.floor(random() * 5) : random() - 0.5)),
      ]),
    ),
  );
}

const STEPS: readonly { readonly build: () => ProgramSpec; readonly sizes: Readonly<Record<string, number>> }[] = [
  { build: () => perceptron(13), sizes: { x: 130, labels: 13 } },
  { build: () => convolutions(3), sizes: { x: 3 * 784 } },
  { build: () => recurrence(5), sizes: { x: 90 } },
];

test("training steps with dropout: again, on a second device, and compiled anew in between", async () => {
  for (const { build, sizes } of STEPS) {
    const feeds = feedsFor(sizes, 4);
    const first = await trace(device, build(), feeds);
    assert.equal(await trace(device, build(), feeds), first, "again");
    assert.equal(await trace(other, build(), feeds), first, "on a second device");
    const store = createStore(device, { seed: 5 });
    const begun = await trace(device, build(), feeds.slice(0, 2), store);
    const ended = await trace(device, build(), feeds.slice(2), store);
    assert.equal([...begun.slice(0, 2), ...ended], first, "compiled anew");
    const later = createStore(other, { seed: 99 });
    const program = await compile(other, { ...build(), store: later });
    const half = createStore(device, { seed: 5 });
    await trace(device, build(), feeds.slice(0, 2), half);
    for (const path of half.paths()) later.write(path, await half.read(path));
    program.dispose();
    assert.equal(await trace(other, build(), feeds.slice(2), later), ended, "resumed elsewhere from what was read");
  }
});

test("another seed, and the next step, draw other numbers", async () => {
  const feeds = feedsFor(STEPS[0].sizes, 1);
  const same = [feeds[0], feeds[0]];
  const [one, two] = await trace(device, perceptron(13), same);
  assert.is.not(one, two);
  assert.is.not((await trace(device, perceptron(13), feeds, createStore(device, { seed: 6 })))[0], one);
});

test("streams: each random node its own, by scope and occurrence; the same stream is the same numbers", async () => {
  const key = variable("key", [2], { dtype: "i32", init: { kind: "constant", value: 3 } });
  const draw = (name: string) => scope(name, () => uniform(key, [64]));
  const outputs = {
    a: draw("a"),
    b: draw("b"),
    c: scope("a", () => uniform(key, [64], { stream: 7 })),
    d: scope("b", () => uniform(key, [64], { stream: 7 })),
    e: scope("a", () => normal(key, [64])),
  };
  const program = await compile(device, { name: "streams", outputs });
  const values = await program.call();
  const bits = Object.fromEntries(Object.entries(values).map(([name, data]) => [name, hex(data)]));
  assert.is(new Set(Object.values(bits)).size, 4);
  assert.is(bits.c, bits.d);
  program.dispose();
  const alone = await compile(device, { name: "alone", outputs: { d: add(outputs.d, constant(0)), x: input("x", [1]) } });
  assert.is(hex((await alone.call({ x: [1] })).d), bits.d, "whatever else is computed");
  alone.dispose();
});

test("random programs: twice here, and on a second device", async () => {
  const property = fc.asyncProperty(recipes(5, 20), async (recipe) => {
    const { spec, feeds } = programOf(recipe);
    const first = await trace(device, spec, [feeds, feeds]);
    assert.equal(await trace(device, spec, [feeds, feeds]), first);
    assert.equal(await trace(other, spec, [feeds, feeds]), first);
  });
  await fc.assert(property, { numRuns: 5 });
});

test("every device is closed", () => {
  for (const each of [device, other]) {
    assert.equal(each.errors.take(), []);
    each.close();
  }
});

test.run();
