/**
 * Why is this face taken for a happy one? The pretrained expression network, asked by a program: Grad-CAM for its best two classes, how
 * much it depends on what the map marks, and the map as text. In a page the same calls take a picture from a canvas.
 */
import { join } from "node:path";
import { openDevice } from "intarsia";
import { tensorSource } from "intarsia/data";
import { faceDirectory, loadFaceWeights, readImage } from "intarsia/data/node";
import { createExplainer, ranked } from "intarsia/explain";
import { fitWeights, NETWORKS, preparePicture } from "intarsia/networks";

const entry = NETWORKS.face_expression;
const shape = [3, ...entry.preparation.size] as const;
const weights = tensorSource(loadFaceWeights("expression"), "face-api");
const network = fitWeights("face_expression", entry, shape, {}, weights);

const device = await openDevice();
const store = await network.load(device);
const explainer = await createExplainer(device, { build: network.build, store, shape, methods: ["grad-cam"], targets: 2 });

const picture = await readImage(join(faceDirectory(), "demo", "sample3.jpg"));
const face = { left: 1039, top: 257, width: 288, height: 269 };
const { input } = preparePicture(picture, entry.preparation, face);
const [{ maps, probabilities }] = await explainer.explain([input], [ranked(0), ranked(1)]);

for (const { class: index, heat, note } of maps) {
  console.log(`${entry.labels?.[index]}: ${(100 * probabilities[index]).toFixed(1)} %${note ? `, but ${note}` : ""}`);
  const [row, column] = [heat.height / 14, heat.width / 14];
  for (let y = 0; y < 14; y++) {
    const cells = Array.from(
      { length: 14 },
      (_, x) => heat.values[Math.floor((y + 0.5) * row) * heat.width + Math.floor((x + 0.5) * column)],
    );
    console.log(`  ${cells.map((value) => " .:-=+*#%@"[Math.min(9, Math.floor(10 * value))].repeat(2)).join("")}`);
  }
}
const { deletion, insertion, occlusion } = await explainer.faithfulness(input, maps[0].heat, maps[0].class, 5);
console.log(`deletion ${deletion.auc.toFixed(2)}, insertion ${insertion.auc.toFixed(2)}`);
console.log(`without the hottest 30 %: ${(100 * occlusion.after).toFixed(1)} %`);

explainer.dispose();
store.dispose();
device.close();
