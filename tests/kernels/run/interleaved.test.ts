/** Any interleaving of calls, runs, reads, profiles and writes, beside what a sequential model says. */
import { openDevice } from "#open-device";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Bench, createModel, type Event, event, openBench } from "./interleaved.ts";

const device = await openDevice();
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const MISTAKES: Readonly<Record<string, Record<string, Float32Array>>> = { feed: { x: Float32Array.of(1, Number.NaN, 3) }, missing: {} };

/** What somebody waits for, and what the model says of it: values, or why there are none. */
interface Expected {
  readonly event: Event;
  readonly outcome: Promise<unknown>;
  readonly wanted: unknown;
}

const plain = (values: unknown): unknown =>
  ArrayBuffer.isView(values)
    ? [...(values as Float32Array)]
    : values && typeof values === "object"
      ? Object.fromEntries(Object.entries(values).map(([key, data]) => [key, plain(data)]))
      : values;

/** Begins the events, each at once unless a pause stands before it. */
async function play({ store, programs }: Bench, events: readonly Event[]): Promise<Expected[]> {
  const model = createModel();
  const gone = new Set<string>();
  const fedLast = new Map<string, number[]>();
  const expected: Expected[] = [];
  const expect = (event: Event, outcome: Promise<unknown>, wanted: () => unknown): void => {
    const what = "name" in event && gone.has(event.name) ? /was disposed/ : wanted();
    expected.push({ event, outcome: outcome.then(plain, (error: Error) => error.message), wanted: what });
  };
  for (const event of events) {
    if (event.kind === "pause") await sleep(event.milliseconds);
    else if (event.kind === "store.read") expect(event, store.read(event.path), () => model.variable(event.path));
    else if (event.kind === "store.write") {
      const data = Float32Array.from(event.path === "n" ? event.value.slice(0, 1) : event.value);
      store.write(event.path, data);
      model.write(event.path, [...data]);
      data.fill(99);
    } else if (event.kind === "dispose") {
      programs[event.name].dispose();
      gone.add(event.name);
    } else if (event.kind === "read") {
      const outputs = Object.keys(programs[event.name].prepared.spec.outputs);
      const output = outputs[event.output % outputs.length];
      expect(event, programs[event.name].read(output), () => model.last(event.name)?.[output] ?? /has not run yet/);
    } else if (event.kind === "profile") {
      expect(
        event,
        programs[event.name].profile(1).then((rows) => rows.length > 0),
        () => {
          model.run(event.name, fedLast.get(event.name) ?? [0, 0, 0]);
          return true;
        },
      );
    } else if (event.kind === "refused") {
      const feeds = MISTAKES[event.mistake] ?? { x: Float32Array.of(1, 2, 3) };
      const signal = event.mistake === "signal" ? AbortSignal.abort(new Error("enough")) : undefined;
      const read = event.mistake === "output" ? ["nothing"] : undefined;
      expect(event, programs[event.name].call(feeds, { read, signal }), () => /is NaN at element 1|was not fed|enough|has no output/);
    } else {
      const feed = Float32Array.from(event.fed);
      const outcome = event.kind === "call" ? programs[event.name].call({ x: feed }) : programs[event.name].run({ x: feed });
      feed.fill(99);
      expect(event, outcome, () => {
        fedLast.set(event.name, event.fed);
        const outputs = model.run(event.name, event.fed);
        return event.kind === "call" ? outputs : undefined;
      });
    }
  }
  return expected;
}

test("any interleaving gives each caller its own result, in the order of submission", async () => {
  const splits = fc.record({ count: fc.boolean(), mix: fc.boolean(), judge: fc.boolean() });
  const events = fc.array(event, { minLength: 8, maxLength: 30 });
  const seen = new Set<string>();
  const property = fc.asyncProperty(splits, events, async (splits, events) => {
    const bench = await openBench(device, splits);
    try {
      for (const { event, outcome, wanted } of await play(bench, events)) {
        const got = await outcome;
        if (wanted instanceof RegExp) assert.match(String(got), wanted, JSON.stringify(event));
        else assert.equal(got, wanted, JSON.stringify(event));
        seen.add(`${event.kind} ${wanted instanceof RegExp ? "refused" : "kept"}`);
      }
    } finally {
      bench.dispose();
    }
  });
  await fc.assert(property, { numRuns: 60 });
  for (const kind of ["call", "run", "read", "profile"]) assert.ok(seen.has(`${kind} kept`) && seen.has(`${kind} refused`), kind);
});

test("every device is closed", () => {
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
