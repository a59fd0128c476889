/** Examples run in a browser as they stand, and print what they print in Node on the same kind of adapter. */
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runInBrowser } from "./harness.ts";

/** Numbers that are printed with four digits may differ by this much: the adapters are two builds of SwiftShader. */
const TOLERANCE = 2e-3;

function inNode(name: string): string[] {
  const args = ["--conditions=intarsia-source", "--import", "tsx", `examples/${name}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, INTARSIA_ADAPTER: "embedded" },
  });
  assert.is(status, 0, stderr);
  return stdout.trimEnd().split("\n");
}

const NUMBER = /-?\d+\.\d+/g;

for (const name of ["first-model.ts", "higher-derivatives.ts"]) {
  test(`${name}, unchanged`, async () => {
    const lines: string[] = [];
    await runInBrowser(`examples/${name}`, { onLog: (line) => lines.push(...line.split("\n")), timeoutMs: 120_000 });
    const expected = inNode(name);
    const words = (texts: readonly string[]) => texts.map((text) => text.replace(NUMBER, "number"));
    assert.equal(words(lines), words(expected));
    const numbers = (texts: readonly string[]) => (texts.join(" ").match(NUMBER) ?? []).map(Number);
    const [found, wanted] = [numbers(lines), numbers(expected)];
    const worst = Math.max(...wanted.map((value, i) => Math.abs(value - found[i])));
    assert.ok(worst <= TOLERANCE, `off by ${worst}`);
    console.log(`# ${name} in a browser: ${wanted.length} numbers, at most ${worst.toExponential(1)} off Node's`);
  });
}

test.run();
