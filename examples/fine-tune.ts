/** Learns the kinds of pictures/KIND/*.jpg from a network that has seen many others: a new classifier, and the trunk behind it a tenth as fast. */
import { writeFile } from "node:fs/promises";
import { adam, crossEntropy, mobileNetV2, openDevice } from "intarsia";
import { flip, tensorSource } from "intarsia/data";
import { imageFolder, loadTrunkWeights } from "intarsia/data/node";
import { accuracy, fit, supervised } from "intarsia/training";
import { folderHost } from "intarsia/training/node";
import { loadWeights } from "intarsia/weights";

const pretrained = tensorSource(loadTrunkWeights("mobilenet_v2_mid"), "nsfwjs"); // npm install nsfwjs@4.4.0 --omit=peer
const data = await imageFolder("pictures", { size: 224, fit: "stretch", mean: 0.5, std: 0.5 });
const [train, validation] = data.split(0.8);
const classes = data.classes!.length;
const task = supervised({
  model: (p, { x }, training) => mobileNetV2(p, x, { variant: "mobilenet_v2_mid", head: "cam", classes, training }).logits,
  loss: (logits, { y }) => crossEntropy(logits, y, { reduction: "none" }),
  metrics: { accuracy: (logits, { y }) => accuracy(logits, y) },
  optimizer: adam({ lr: 1e-3 }),
  groups: [
    { match: /^features\.\d\./, rate: 0 }, // edges and textures stay as they are
    { match: /^features\./, rate: 0.1 },
  ],
});

const device = await openDevice();
const run = await fit(device, task, train, {
  ...{ epochs: 5, batch: 8, validation, augment: [flip()], host: folderHost("runs/kinds"), resume: true },
  begin: ({ params, store }) => loadWeights(params, pretrained, store, { strict: false }), // all but the classifier
});
await writeFile("kinds.safetensors", await run.weights());
console.log(`accuracy ${(await run.evaluate(validation)).accuracy.toFixed(3)} on pictures not seen before`);
// npx intarsia explain pictures/rose/1.jpg --model mobilenet_v2_mid --weights kinds.safetensors --fit stretch
device.close();
