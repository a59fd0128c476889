/** Presets are configs that pass their own check, with the papers' rates and steps; others are refused by name. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GAN_PRESETS, ganConfig, ganSettings, LOSS_NAMES } from "../../../src/studies/gan/config.ts";
import { ganStudy } from "../../../src/studies/gan/study.ts";

test("every preset of every loss is a config", () => {
  for (const preset of GAN_PRESETS)
    for (const loss of LOSS_NAMES) {
      const config = ganConfig(preset, loss);
      assert.equal(ganSettings.check(JSON.parse(JSON.stringify(config)), "run.json"), config);
    }
});

test("rates and critic steps are the papers', five times as large for quick", () => {
  const of = (preset: "small" | "quick") => LOSS_NAMES.map((loss) => ganConfig(preset, loss));
  assert.equal(
    of("small").map(({ learningRate }) => learningRate),
    [2e-4, 2e-4, 5e-5, 1e-4, 2e-4],
  );
  of("quick").forEach(({ learningRate }, i) => assert.ok(Math.abs(learningRate / of("small")[i].learningRate - 5) < 1e-12));
  assert.equal(
    of("small").map(({ criticSteps }) => criticSteps),
    [1, 1, 5, 5, 1],
  );
});

test("what is no config is refused by the name of its setting", () => {
  const good = { ...ganConfig("smoke", "wgan") };
  const refused = (change: object, message: RegExp) => assert.throws(() => ganSettings.check({ ...good, ...change }, "run.json"), message);
  refused({ loss: "best" }, /run.json: loss must be one of vanilla, dcgan/);
  refused({ generatorLoss: "" }, /generatorLoss must be one of/);
  refused({ batch: 1 }, /batch must/);
  refused({ width: undefined }, /width must be a number/);
});

test("the critic of a Wasserstein GAN is limited, and nothing else; turns are the critic's, then the generator's", () => {
  for (const loss of LOSS_NAMES) {
    const { networks, turn } = ganStudy(ganConfig("small", loss));
    assert.is(networks.critic.limit, loss === "wgan" ? 0.01 : undefined);
    assert.is(networks.generator.limit, undefined);
    const { criticSteps } = ganConfig("small", loss);
    const turns = Array.from({ length: 2 * (criticSteps + 1) }, (_, i) => turn?.(i));
    assert.equal(
      turns,
      [0, 1].flatMap(() => [...Array(criticSteps).fill("critic"), "generator"]),
    );
  }
});

test.run();
