/** The parts of the page's worker that need no browser: which job gives way to which, and the colours of the maps. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { jet } from "../../src/explain/index.ts";
import { JET_PLACES, JET_STOPS } from "../../web/protocol.ts";
import { createJobs } from "../../web/worker/jobs.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

test("a new explanation cancels the one that runs and those that wait, and jobs never overlap", async () => {
  const { run } = createJobs();
  const log: string[] = [];
  let running = 0;
  const job = (name: string) => async (signal: AbortSignal) => {
    assert.is(++running, 1);
    log.push(`${name} begins`);
    await later(20);
    running--;
    signal.throwIfAborted();
    log.push(`${name} ends`);
    return name;
  };
  const first = run("explain", job("first"));
  await later(10);
  const second = run("explain", job("second"));
  const third = run("explain", job("third"));
  const outcomes = await Promise.allSettled([first, second, third]);
  assert.equal(
    outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : isAbort(outcome.reason))),
    [true, true, "third"],
  );
  assert.equal(log, ["first begins", "third begins", "third ends"]);
});

test("an explanation waits for the network that is being loaded, and a new picture cancels it", async () => {
  const { run } = createJobs();
  const order: string[] = [];
  const job = (name: string) => async () => {
    await later(5);
    order.push(name);
  };
  const results = [run("network", job("network")), run("explain", job("explain")), run("picture", job("picture"))];
  const outcomes = await Promise.allSettled(results);
  assert.equal(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.equal(order, ["network", "picture"]);
});

test("measuring gives way to a new explanation, and cancels none", async () => {
  const { run } = createJobs();
  const begun: string[] = [];
  const long = (name: string) => async (signal: AbortSignal) => {
    begun.push(name);
    for (let i = 0; i < 50; i++) {
      await later(2);
      signal.throwIfAborted();
    }
  };
  const first = run("explain", async () => void begun.push("explain"));
  const measure = run("measure", long("measure"));
  await later(20);
  const results = await Promise.allSettled([first, measure, run("explain", async () => void begun.push("again"))]);
  assert.equal(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.equal(begun, ["explain", "measure", "again"]);
});

test("a job that fails does not stop the next one", async () => {
  const { run } = createJobs();
  const bad = run("picture", () => Promise.reject(new RangeError("bad")));
  const good = run("open", async () => 7);
  await bad.then(assert.unreachable, (error) => assert.instance(error, RangeError));
  assert.is(await good, 7);
});

test("the colour bar has the colours of the maps", () => {
  JET_PLACES.forEach((place, i) => {
    const hex = jet(place).map((value) => value.toString(16).padStart(2, "0"));
    assert.is(`#${hex.join("")}`, JET_STOPS[i]);
  });
});

test.run();
