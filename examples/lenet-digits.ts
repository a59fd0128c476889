/** A LeNet of half the width learns 512 MNIST digits in a few epochs, and is asked about 200 that it has not seen. */
import { openDevice } from "intarsia";
import { epochOrder, normalizePixels, takePictures } from "intarsia/data";
import { loadDigits } from "intarsia/data/node";
import { argmax, grad, input, type Node } from "intarsia/graph";
import { compile, createStore } from "intarsia/kernels";
import { adam, createParams, crossEntropy, lenet, nn, type Params, pairs } from "intarsia/models";

const BATCH = 64;
const TRAIN = 512;
const TEST = 200;

const { train, test } = loadDigits();
const device = await openDevice();
const store = createStore(device, { seed: 1 });

/** [N, 1, 28, 28] -> ten scores per picture [N, 10] */
function network(p: Params, count: number): Node {
  const { global } = lenet(p.at("lenet"), input("pictures", [count, 1, 28, 28]), { channels: [10, 20], features: 128 });
  return nn.linear(p.at("digit"), global, { out: 10 });
}

const p = createParams();
const loss = crossEntropy(network(p, BATCH), input("labels", [BATCH], "i32"));
const weights = p.trainable();
const updates = adam(pairs(weights, grad(loss, weights)), { lr: 0.004 });
const step = await compile(device, { name: "train", outputs: { loss }, updates, store });
const classify = await compile(device, { name: "classify", outputs: { digit: argmax(network(createParams(), TEST), 1) }, store });

for (let epoch = 1; epoch <= 4; epoch++) {
  const order = epochOrder(TRAIN, 1, epoch);
  for (let at = 0; at < TRAIN; at += BATCH) {
    const chosen = order.slice(at, at + BATCH);
    const labels = Int32Array.from(chosen, (index) => train.labels[index]);
    await step.run({ pictures: normalizePixels(takePictures(train, chosen)), labels });
  }
  console.log(`epoch ${epoch}: loss ${(await step.read("loss"))[0].toFixed(3)}`);
}

const unseen = Array.from({ length: TEST }, (_, index) => index);
const { digit } = await classify.call({ pictures: normalizePixels(takePictures(test, unseen)) });
const wrong = unseen.filter((index) => digit[index] !== test.labels[index]).length;
console.log(`wrong: ${wrong} of ${TEST}`);
device.close();
