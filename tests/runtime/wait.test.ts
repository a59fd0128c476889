/** Waiting leaves the cores alone, although somebody asks for news in every turn of the event loop. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createWait, type Wait } from "../../src/runtime/wait.ts";

/** Resolves after `ms` with how often it asked: until then it does in every turn of the loop, as Dawn's binding does. */
const polled = (ms: number): Promise<number> =>
  new Promise((resolve) => {
    const end = performance.now() + ms;
    let turns = 0;
    const ask = (): void => {
      turns++;
      if (performance.now() >= end) resolve(turns);
      else setImmediate(ask);
    };
    ask();
  });

test("the loop turns slowly while we wait", async () => {
  const [waited, free] = [await createWait()(polled(300)), await polled(300)];
  assert.ok(waited < 1000 && waited < free / 10, `${waited} turns, ${free} without`);
});

test("it settles as the promise does", async () => {
  const wait = createWait();
  assert.is(await wait(Promise.resolve("news")), "news");
  const error = await wait(Promise.reject(new Error("lost"))).catch((reason: Error) => reason.message);
  assert.is(error, "lost");
});

test("waits one after another and side by side turn one loop", async () => {
  const wait: Wait = createWait();
  for (let i = 0; i < 200; i++) await wait(Promise.resolve(i));
  const lone = await createWait()(polled(100));
  const [first] = await Promise.all([wait(polled(100)), wait(polled(100)), wait(polled(50))]);
  // Two hundred loops side by side would each sleep in every turn.
  assert.ok(first > lone / 4, `${first} turns, ${lone} alone`);
});

test("nothing turns when nobody waits", async () => {
  const wait = createWait();
  await wait(polled(5));
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 100_000, `${user + system} us of CPU in 200 ms`);
});

test.run();
