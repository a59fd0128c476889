/** A training loop of one's own, without `intarsia/training`: batch norm, dropout, and a second program on the same weights that judges. */
import { openDevice } from "intarsia";
import { createRandom } from "intarsia/data";
import { grad, input, relu } from "intarsia/graph";
import { compile, createStore } from "intarsia/kernels";
import { adam, createParams, createTraining, crossEntropy, inference, nn, type Params, pairs, type Training } from "intarsia/models";

function network(p: Params, training: Training) {
  const hidden = nn.batchNorm(p.at("norm"), nn.linear(p.at("hidden"), input("points", [64, 2]), { out: 32 }), { training });
  const logits = nn.linear(p.at("output"), nn.dropout(p.at("dropout"), relu(hidden), { rate: 0.1, training }), { out: 2 });
  return { logits, loss: crossEntropy(logits, input("inside", [64], "i32")) };
}
const [p, training, random] = [createParams(), createTraining(), createRandom(1, "points")];
const { loss } = network(p, training);
const weights = p.trainable();
// Without the training pass's own updates `compile` refuses: running statistics and dropout's counter would stand still.
const updates = [...adam(pairs(weights, grad(loss, weights)), { lr: 0.01 }), ...training.updates];
const store = createStore(await openDevice());
const step = await compile(store.device, { name: "step", outputs: { loss }, updates, store });
const judge = await compile(store.device, { name: "judge", outputs: network(createParams(), inference), store });
function batch() {
  const points = Float32Array.from({ length: 128 }, () => 2 * random.next() - 1);
  return { points, inside: Int32Array.from({ length: 64 }, (_, i) => Number(points[2 * i] ** 2 + points[2 * i + 1] ** 2 < 0.6)) };
}
for (let i = 1; i <= 400; i++) await step.run(batch());
const { loss: unseen, logits } = await judge.call(batch());
console.log(`loss ${unseen[0].toFixed(3)} on points not seen before; logits [${logits.shape}]`);
store.device.close();
