/**
 * How long does the device wait for data? ResNet-18 at 64x64 learns from JPEG files of 500x375 with flips, crops and jitter.
 * `waiting.ts [steps] [pictures] [width]`; nothing is kept of decoded pictures, as in a data set that is larger than the memory.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { colorJitter, createRandom, crop, crossEntropy, flip, openDevice, resnet, sgd } from "intarsia";
import { imageFolder, makeDirectory } from "intarsia/data/node";
import { fit, memoryHost, supervised } from "intarsia/training";

const [steps, count, width] = [20, 128, 64].map((usual, i) => Number(process.argv[2 + i] ?? usual));
const folder = mkdtempSync(join(tmpdir(), "intarsia-waiting-"));
try {
  const random = createRandom(1, "waiting");
  for (let i = 0; i < count; i++) {
    const file = join(folder, i % 2 ? "rough" : "smooth", `${i}.jpg`);
    makeDirectory(join(file, ".."));
    const noise = Buffer.from(Uint8Array.from({ length: 3 * 40 * 30 }, () => random.int(256)));
    await sharp(noise, { raw: { width: 40, height: 30, channels: 3 } })
      .resize(500, 375, { kernel: i % 2 ? "nearest" : "cubic" })
      .jpeg({ quality: 90 })
      .toFile(file);
  }
  const data = await imageFolder(folder, { size: 72, cache: 0 });
  const task = supervised({
    model: (p, { x }, training) => resnet(p, x, { variant: { block: "basic", layers: [2, 2, 2, 2], width }, classes: 2, training }).logits,
    loss: (logits, { y }) => crossEntropy(logits, y, { reduction: "none" }),
    optimizer: sgd({ lr: 0.01, momentum: 0.9 }),
  });
  const device = await openDevice();
  let [first, last] = [0, 0];
  // The first step compiles; what comes after it is measured, and all waiting is counted.
  const progress = (): void => {
    last = performance.now();
    first ||= last;
  };
  const augment = [flip(), crop({ size: 64 }), colorJitter({ brightness: 0.2, contrast: 0.2, saturation: 0.2 })];
  const run = await fit(device, task, data, { iterations: steps, every: steps, batch: 32, augment, host: { ...memoryHost(), progress } });
  const part = run.waited / (last - first);
  console.log(`${device.description}: ${steps - 1} steps in ${((last - first) / 1000).toFixed(1)} s`);
  console.log(`the device waited for data ${(100 * part).toFixed(1)} % of the time`);
  device.close();
} finally {
  rmSync(folder, { recursive: true });
}
