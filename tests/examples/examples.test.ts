/** Every example ends well and says what it promises; the README shows the first one word for word. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";

/** Runs an example as a reader would, and gives what it printed. */
function output(name: string, ...options: readonly string[]): string {
  const args = ["--conditions=intarsia-source", "--import", "tsx", `examples/${name}`, ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 300_000 });
  assert.is(status, 0, `${name}:\n${stdout}\n${stderr}`);
  return stdout;
}

test("first-model.ts learns the disc", () => {
  const losses = [...output("first-model.ts").matchAll(/^step (\d+): loss ([\d.]+)$/gm)].map((match) => [
    Number(match[1]),
    Number(match[2]),
  ]);
  assert.equal(
    losses.map(([step]) => step),
    [50, 100, 150, 200],
  );
  assert.ok(losses[3][1] < 0.2, `last loss ${losses[3][1]}`);
});

for (const name of ["first-model.ts", "pictures.ts"])
  test(`the README shows ${name}`, () => {
    const readme = readFileSync("README.md", "utf8");
    const shown = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]);
    const program = readFileSync(`examples/${name}`, "utf8").replace(/^\/\*\*.*\*\/\n/, "");
    assert.ok(shown.includes(program), `README.md differs from examples/${name}`);
  });

test("own-loop.ts trains and judges in 25 lines, without the training library", () => {
  const code = readFileSync("examples/own-loop.ts", "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s*(\/\/|\/\*\*)/.test(line));
  assert.ok(code.length <= 25, `${code.length} lines`);
  assert.not.ok(code.some((line) => line.includes("intarsia/training")));
  const found = /^loss ([\d.]+) on points not seen before; logits \[64,2\]$/m.exec(output("own-loop.ts"));
  assert.ok(Number(found?.[1]) < 0.3, `loss ${found?.[1]}`);
});

test("higher-derivatives.ts comes back to the sine", () => {
  assert.match(output("higher-derivatives.ts"), "the fourth derivative is sin again, to 1e-4");
});

test("guided-backprop.ts shows two different maps", () => {
  const [plain, explained] = output("guided-backprop.ts")
    .split(/^plain$|^explained$/m)
    .slice(1);
  assert.is(plain.trim().split("\n").length, 12);
  assert.is.not(plain.trim(), explained.trim());
});

test("own-device.ts leaves the device to its owner", () => {
  assert.match(output("own-device.ts"), /external: 3 5 7 9\n.*still mine/);
});

test("lenet-digits.ts learns digits", () => {
  const wrong = Number(/wrong: (\d+) of 200/.exec(output("lenet-digits.ts"))?.[1]);
  assert.ok(wrong < 60, `${wrong} of 200 wrong`);
});

test("two-inputs.ts learns when a point is inside", () => {
  const [, share] = /^accuracy ([\d.]+); near: true; far: false$/m.exec(output("two-inputs.ts")) ?? [];
  assert.ok(Number(share) > 0.9, `accuracy ${share}`);
});

test("regression.ts comes close to the noise", () => {
  const text = output("regression.ts");
  const [, off, noise] = /^off by ([\d.]+); the noise alone: ([\d.]+)$/m.exec(text) ?? [];
  assert.ok(Number(off) < 1.4 * Number(noise), text);
  const pairs = [...text.matchAll(/^at [-\d.]+: ([-\d.]+) \(without noise ([-\d.]+)\)$/gm)].map(([, a, b]) =>
    Math.abs(Number(a) - Number(b)),
  );
  assert.is(pairs.length, 3);
  assert.ok(Math.max(...pairs) < 0.15, text);
});

test("two-outputs.ts learns both", () => {
  const [, share, error] = /^accuracy ([\d.]+), squared error ([\d.]+)$/m.exec(output("two-outputs.ts")) ?? [];
  assert.ok(Number(share) > 0.85 && Number(error) < 0.06, `${share} and ${error}`);
});

test("waiting.ts counts how long the device waits for data", () => {
  const [, steps, share] =
    /: (\d+) steps in [\d.]+ s\nthe device waited for data ([\d.]+) % of the time$/m.exec(output("waiting.ts", "4", "16", "4")) ?? [];
  assert.is(steps, "3");
  assert.ok(Number(share) >= 0 && Number(share) < 100, share);
});

test("explain.ts sees a happy face, and that it depends on what the map marks", () => {
  const text = output("explain.ts");
  assert.match(text, /^happy: (9\d|100)\.\d %$/m);
  assert.is(text.match(/^ {2}.{28}$/gm)?.length, 28);
  assert.ok(Number(/without the hottest 30 %: ([\d.]+) %/.exec(text)?.[1]) < 50);
});

test.run();
