/** Learns a folder of pictures, pictures/CLASS/*.png, saves the network, loads it again and asks it about a picture. */
import { readFile, writeFile } from "node:fs/promises";
import { adam, crop, crossEntropy, globalAveragePool, maxPool2d, nn, openDevice, relu } from "intarsia";
import { imageFolder, readImage } from "intarsia/data/node";
import { accuracy, fit, loadTrained, supervised } from "intarsia/training";
import { folderHost } from "intarsia/training/node";

const data = await imageFolder("pictures", { size: 28 }); // pictures/rose/1.jpg, pictures/aster/7.png, ...
const [train, validation] = data.split(0.8);
const augment = [crop(2)];
const task = supervised({
  model(p, { x }, training) {
    const edges = relu(nn.batchNorm(p.at("bn1"), nn.conv2d(p.at("conv1"), x, { out: 16, kernelSize: 5 }), { training }));
    const parts = nn.conv2d(p.at("conv2"), maxPool2d(edges, { kernelSize: 2 }), { out: 32, kernelSize: 5 });
    const whole = globalAveragePool(relu(nn.batchNorm(p.at("bn2"), parts, { training })));
    return nn.linear(p.at("head"), whole, { out: data.classes!.length });
  },
  loss: (logits, { y }) => crossEntropy(logits, y, { reduction: "none" }),
  metrics: { accuracy: (logits, { y }) => accuracy(logits, y) },
  optimizer: adam({ lr: 0.01 }),
});

const device = await openDevice();
const host = folderHost("runs/pictures"); // Ctrl-C saves and leaves, and the same command goes on: after a power cut, too
const run = await fit(device, task, train, { epochs: 10, batch: 32, augment, validation, host, resume: true });
await writeFile("pictures.safetensors", await run.weights());

const network = await loadTrained(device, task, await readFile("pictures.safetensors"));
const { data: logits } = (await network.predict(await readImage("picture.png"))).output;
console.log(`accuracy ${(await network.evaluate(validation)).accuracy.toFixed(3)}`);
console.log(`picture.png: ${network.classes![logits.indexOf(Math.max(...logits))]}`);
device.close();
