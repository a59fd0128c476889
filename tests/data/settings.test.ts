/** One declaration of a config: its check, what older files mean, what tells two configs apart, and its options on the command line. */
import { Command } from "commander";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { saidSettings, settingOptions } from "../../src/cli/shared/settings.ts";
import { UserError } from "../../src/data/errors.ts";
import { type ConfigOf, configDifferences, defineSettings, oneOf, real, type Settings, whole } from "../../src/data/settings/index.ts";

const schema = defineSettings({
  method: oneOf(["a", "b"], "how"),
  loss: oneOf(["fast", "slow"], "which way", { option: { flag: "--slow", means: "slow" } }),
  epochs: whole(1, 9, "passes"),
  learningRate: real(0, 1, "rate", { option: "--lr" }),
  width1: whole(1, 99, "of the first layer", { option: "--widths" }),
  width2: whole(1, 9, "of the second", { option: "--widths" }),
  parts: whole(1, 4, "parts", { old: 1 }),
  hiddenOne: whole(1, 4, "hidden", { option: null }),
});
const good: ConfigOf<typeof schema.settings> = {
  ...{ method: "a", loss: "fast", epochs: 3, learningRate: 0.5 },
  ...{ width1: 20, width2: 5, parts: 1, hiddenOne: 2 },
};

/** The one line of a UserError. */
function refused(use: () => unknown): string {
  try {
    use();
  } catch (error) {
    assert.instance(error, UserError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

test("a config from outside is checked, setting by setting", () => {
  assert.equal(schema.check({ ...good }, "run.json"), good);
  const message = (change: Settings): string => refused(() => schema.check({ ...good, ...change }, "run.json"));
  assert.is(message({ method: "c" }), "run.json: method must be one of a, b, got c");
  assert.is(message({ epochs: 2.5 }), "run.json: epochs must be a whole number from 1 to 9, got 2.5");
  assert.is(message({ epochs: 10 }), "run.json: epochs must be a whole number from 1 to 9, got 10");
  assert.is(message({ learningRate: -1 }), "run.json: learningRate must be a number from 0 to 1, got -1");
  assert.is(message({ learningRate: "0.5" }), "run.json: learningRate must be a number, got 0.5");
  assert.is(message({ learningRate: Number.NaN }), "run.json: learningRate must be a number, got NaN");
  assert.is(message({ epochs: undefined }), "run.json: epochs must be a number, got undefined");
  assert.is(message({ epoch: 3 }), "run.json: unknown setting epoch");
  const { epochs: _, ...without } = good;
  assert.is(
    refused(() => schema.check(without, "run.json")),
    "run.json: epochs is missing",
  );
});

test("a file from before a setting means its old value, and is the same config", () => {
  const { parts: _, ...old } = good;
  assert.equal(schema.check(old, "run.json"), good);
  assert.equal(schema.identity(schema.check(old, "run.json")), old);
  assert.equal(schema.identity({ ...good, parts: 2 }), { ...good, parts: 2 });
});

test("each difference with both values, also of a setting that only one has", () => {
  assert.equal(configDifferences({ epochs: 8, seed: 1 }, { epochs: 6, seed: 1 }), ["epochs 8 (not 6)"]);
  assert.equal(configDifferences({ seed: 1, adapter: "x" }, { seed: 1 }), ["adapter x (not undefined)"]);
});

function said(...args: string[]): Settings {
  let options: Settings = {};
  const command = new Command("fit").exitOverride().configureOutput({ writeErr: () => undefined });
  for (const option of settingOptions(schema)) command.addOption(option);
  command.action((given: Settings) => {
    options = given;
  });
  command.parse(args, { from: "user" });
  return saidSettings(schema, options);
}

test("options: what was said, by setting; two settings of one option, and an option without a value", () => {
  assert.equal(said(), {});
  assert.equal(said("--method", "b", "--lr", ".25", "--widths", "30,6", "--slow"), {
    ...{ method: "b", loss: "slow", learningRate: 0.25, width1: 30, width2: 6 },
  });
  for (const [args, message] of [
    [["--method", "c"], /Allowed choices are a, b/],
    [["--epochs", "0"], /must be a whole number from 1 to 9, got 0/],
    [["--epochs", "many"], /must be a whole number/],
    [["--widths", "30"], /must be two numbers, such as 1,1/],
    [["--widths", "30,10"], /from 1 to 9, got 10/],
    [["--hidden-one", "2"], /unknown option/],
  ] as const)
    assert.throws(() => said(...args), message);
});

test("help names each option with its range", () => {
  const shown = settingOptions(schema).map(({ flags, description }) => [flags, description]);
  assert.equal(shown.slice(1, 5), [
    ["--slow", "which way"],
    ["--epochs <n>", "passes (1 to 9)"],
    ["--lr <n>", "rate (0 to 1)"],
    ["--widths <a,b>", "of the first layer; of the second"],
  ]);
  assert.equal(
    settingOptions(schema, ["parts"]).map(({ flags }) => flags),
    ["--parts <n>"],
  );
});

test.run();
