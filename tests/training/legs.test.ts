/** The seconds of a run: those of all its legs, kept beside its checkpoints. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CHECKPOINT_FILE, type Host, memoryFiles, RUN_FILES, TIME_FILE, timed } from "../../src/training/index.ts";
import { fakeHost } from "./fake.ts";

type Files = ReturnType<typeof memoryFiles>;
/** A host whose clock is set by hand, in seconds. */
function clock(files: Files) {
  const at = { seconds: 0 };
  const host = { ...fakeHost(files), now: () => 1000 * at.seconds };
  return { at, host };
}
const noted = (files: Files): number => JSON.parse(new TextDecoder().decode(files.content.get(TIME_FILE))).seconds;
const checkpoint = (host: Host): Promise<void> => host.files.write(CHECKPOINT_FILE, "all of it");

test("a second leg goes on counting where the first had saved, or had been interrupted", async () => {
  for (const interrupted of [false, true]) {
    const files = memoryFiles();
    const first = clock(files);
    const leg = timed(first.host, false, async (host) => {
      first.at.seconds = 20;
      await checkpoint(host);
      assert.is(noted(files), 20);
      first.at.seconds = 25;
      if (interrupted) first.host.abort.abort();
      throw new Error("gone");
    });
    assert.is(await leg.catch(({ message }: Error) => message), "gone");
    const second = clock(files);
    await timed(second.host, true, async (_, seconds) => {
      second.at.seconds = 7;
      assert.is(seconds(), interrupted ? 32 : 27);
    });
    assert.is(noted(files), interrupted ? 32 : 27);
  }
});

test("a run that begins anew counts from 0, and one that fails before it has saved anything leaves nothing", async () => {
  const files = memoryFiles();
  const failed = timed(clock(files).host, false, async () => Promise.reject(new Error("no data")));
  assert.is(await failed.catch(({ message }: Error) => message), "no data");
  assert.is(files.content.size, 0);
  await files.write(TIME_FILE, `{"seconds": 99}`);
  await timed(clock(files).host, false, async (_, seconds) => assert.is(seconds(), 0));
});

test("a time that is no time does not stop a run; it goes when the run goes", async () => {
  for (const text of ["", "{}", `{"seconds": -1}`, "null"]) {
    const files = memoryFiles();
    await files.write(TIME_FILE, text);
    await timed(clock(files).host, true, async (_, seconds) => assert.is(seconds(), 0));
  }
  assert.ok(RUN_FILES.includes(TIME_FILE));
});

test.run();
