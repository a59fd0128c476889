/** The study's training step for the commands that look at programs. */
import { presetConfig } from "../../studies/mil/config.ts";
import { trainingStep } from "../../studies/mil/step.ts";
import type { Built, NamedStep } from "../inspect/programs.ts";

/** The thesis' bidirectional LSTM on bags of 16 digits. */
function build(bags: number): Built {
  const length = 16;
  const { outputs, updates } = trainingStep(presetConfig("thesis", "single-digit", "lstm"), { bags, length, instances: bags * length });
  return {
    title: `MIL training step, ${bags} bags of ${length}`,
    ...{ outputs, updates },
    feeds: {
      index: Int32Array.from({ length: bags * length }, (_, i) => i),
      lengths: new Int32Array(bags).fill(length),
      label: Float32Array.from({ length: bags }, (_, i) => i % 2),
      weight: new Float32Array(bags).fill(1),
      learningRate: Float32Array.of(1e-3),
    },
  };
}

export const milStep: NamedStep = { batch: 8, build };
