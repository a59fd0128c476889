/** One process at a time has a run; one that was killed, or whose number another process got, has none. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { takeLock } from "../../src/cli/reproduce/lock.ts";
import { temporary } from "./run.ts";

const place = temporary();
const here = (): string[] => fs.readdirSync(place);

/** A process that takes the lock, says whether it has it, and then waits to be killed. */
async function holder(name: string): Promise<{ has: boolean; kill: () => Promise<void> }> {
  const module = new URL("../../src/cli/reproduce/lock.ts", import.meta.url).href;
  const program = `import { takeLock } from ${JSON.stringify(module)};
    const release = await takeLock(${JSON.stringify(place)}, ${JSON.stringify(name)});
    console.log(release !== null); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const has = await new Promise<boolean>((resolve) =>
    child.stdout.once("data", (text: Buffer) => resolve(text.toString().trim() === "true")),
  );
  return {
    has,
    kill() {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

test("a living process keeps others out, a killed one does not", async () => {
  const other = await holder("run");
  assert.ok(other.has);
  assert.is(await takeLock(place, "run"), null);
  const free = await takeLock(place, "run-2");
  assert.ok(free);
  free();
  await other.kill();
  assert.is(here().length, 1);
  const release = await takeLock(place, "run");
  assert.ok(release);
  assert.is(here().length, 1);
  const third = await holder("run");
  assert.not.ok(third.has);
  await third.kill();
  release();
  assert.equal(here(), []);
});

test("a process of another machine counts while it shows signs of life; a number that was given again does not", async () => {
  const release = await takeLock(place, "run");
  assert.ok(release);
  const [own] = here();
  release();
  const [name, host, pid, start] = own.split("~");
  const leave = (file: string, secondsAgo: number): void => {
    fs.writeFileSync(path.join(place, file), "");
    const then = Date.now() / 1000 - secondsAgo;
    fs.utimesSync(path.join(place, file), then, then);
  };
  leave([name, "0000beef", pid, start].join("~"), 30);
  assert.is(await takeLock(place, "run"), null);
  leave([name, "0000beef", pid, start].join("~"), 600);
  const again = await takeLock(place, "run");
  assert.ok(again);
  again();
  if (start === "0") return; // no /proc: only the number is known
  leave([name, host, String(process.ppid), "1"].join("~"), 0);
  const third = await takeLock(place, "run");
  assert.ok(third);
  third();
  assert.equal(here(), []);
});

test("of many that want it at once, no two have it", async () => {
  const holders = await Promise.all(Array.from({ length: 4 }, () => holder("crowd")));
  const count = holders.filter(({ has }) => has).length;
  await Promise.all(holders.map(({ kill }) => kill()));
  assert.ok(count <= 1, `${count} have it`);
});

test.run();
