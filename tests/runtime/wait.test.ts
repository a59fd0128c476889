/** Waiting leaves the cores alone, although somebody asks for news in every turn of the event loop. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createWait, type Wait } from "../../src/runtime/wait.ts";

/** Resolves after `ms`; until then it asks in every turn, as Dawn's binding does. */
const polled = (ms: number): Promise<string> =>
  new Promise((resolve) => {
    const end = performance.now() + ms;
    const ask = (): void => {
      if (performance.now() >= end) resolve("news");
      else setImmediate(ask);
    };
    ask();
  });

async function cpuOf(work: () => Promise<unknown>): Promise<{ cpu: number; wall: number }> {
  const [cpu, begin] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1e3, wall: performance.now() - begin };
}

test("a core is free while we wait", async () => {
  const wait = createWait();
  const { cpu, wall } = await cpuOf(() => wait(polled(400)));
  assert.ok(cpu < 0.5 * wall, `${cpu.toFixed(0)} ms of CPU in ${wall.toFixed(0)} ms`);
});

test("it settles as the promise does", async () => {
  const wait = createWait();
  assert.is(await wait(polled(5)), "news");
  const error = await wait(Promise.reject(new Error("lost"))).catch((reason: Error) => reason.message);
  assert.is(error, "lost");
});

test("waits one after another and side by side turn one loop", async () => {
  const wait: Wait = createWait();
  for (let i = 0; i < 200; i++) await wait(Promise.resolve(i));
  const { wall } = await cpuOf(() => Promise.all([wait(polled(100)), wait(polled(100)), wait(polled(50))]));
  // Two hundred loops side by side would each sleep in every turn.
  assert.ok(wall < 200, `${wall.toFixed(0)} ms`);
});

test("nothing turns when nobody waits", async () => {
  const wait = createWait();
  await wait(polled(5));
  const { cpu } = await cpuOf(() => new Promise((resolve) => setTimeout(resolve, 200)));
  assert.ok(cpu < 100, `${cpu.toFixed(0)} ms of CPU`);
});

test.run();
