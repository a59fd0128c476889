/** Small training steps for tests: a perceptron, a LeNet, a bi-LSTM, each with dropout where it has room, and Adam. */
import {
  add,
  concat,
  constant,
  grad,
  input,
  mean,
  type Node,
  square,
  uniform,
  less,
  mul,
  cast,
  variable,
} from "../../../src/graph/index.ts";
import type { ProgramSpec } from "../../../src/kernels/index.ts";
import { adam, createParams, crossEntropy, lenet, nn, type Params } from "../../../src/models/index.ts";

/** Seed and step of the random numbers; every run draws others. */
const keyOf = (): Node => variable("random", [2], { dtype: "i32", role: "buffer", init: { kind: "constant", value: 11 } });

function step(name: string, p: Params, loss: Node, key: Node): ProgramSpec {
  const weights = p.trainable();
  const slopes = grad(loss, weights);
  const updates = adam(
    weights.map((weight, i) => [weight, slopes[i]] as const),
    { lr: 0.01 },
  );
  return { name, outputs: { loss }, updates: [...updates, [key, add(key, constant([0, 1], [2], "i32"))]] };
}

const dropped = (x: Node, key: Node): Node => mul(mul(x, 2), cast(less(uniform(key, x.shape), 0.5), "f32"));

/** x [batch, 10], labels [batch]. */
export function perceptron(batch: number): ProgramSpec {
  const [p, key] = [createParams(), keyOf()];
  const hidden = dropped(nn.linear(p.at("first"), input("x", [batch, 10]), { out: 17 }), key);
  const logits = nn.linear(p.at("second"), dropped(hidden, key), { out: 5 });
  return step("perceptron", p, crossEntropy(logits, input("labels", [batch], "i32")), key);
}

/** x [batch, 1, 28, 28]. */
export function convolutions(batch: number): ProgramSpec {
  const [p, key] = [createParams(), keyOf()];
  const { global } = lenet(p, input("x", [batch, 1, 28, 28]), { channels: [4, 6], features: 20 });
  return step("lenet", p, mean(square(nn.linear(p.at("out"), dropped(global, key), { out: 1 }))), key);
}

/** x [batch, length, 6]. */
export function recurrence(length: number, batch = 3): ProgramSpec {
  const [p, key] = [createParams(), keyOf()];
  const { final } = nn.lstm(p.at("lstm"), input("x", [batch, length, 6]), { hidden: 8, bidirectional: true });
  const code = concat([final[0].h, final[1].h], 1);
  return step("lstm", p, mean(square(nn.linear(p.at("out"), dropped(code, key), { out: 1 }))), key);
}
