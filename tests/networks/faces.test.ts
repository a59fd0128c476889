/** Faces and their expressions, from photograph to probabilities, against face-api (tests/golden/face.json), and what is said about them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { tensorSource } from "../../src/data/index.ts";
import { faceDirectory, loadFaceWeights, readImage } from "../../src/data/node/index.ts";
import { createExplainer, ranked } from "../../src/explain/index.ts";
import { createFaceFinder, fitWeights, NETWORKS, preparePicture } from "../../src/networks/index.ts";

interface Face {
  /** left, top, width, height */
  readonly expressionBox: readonly number[];
  readonly expressions: readonly number[];
}
interface Sample {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  /** Of all faces. */
  readonly count: number;
  /** The first of them. */
  readonly faces: readonly Face[];
}
const { pictures } = JSON.parse(readFileSync(new URL("../golden/face.json", import.meta.url), "utf8")) as {
  pictures: readonly Sample[];
};
const sample = pictures.find(({ file }) => file === "sample3.jpg") as Sample;
const SHAPE = [3, 112, 112] as const;

test("faces of a photograph, their expressions, and where they are seen", async () => {
  const device = await openDevice();
  const picture = await readImage(join(faceDirectory(), "demo", sample.file));
  const finder = await createFaceFinder(device, { detector: loadFaceWeights("tiny-detector"), landmarks: loadFaceWeights("landmarks") });
  const boxes = await finder.find(picture);
  assert.is(boxes.length, sample.count);
  boxes.forEach(({ width, height }, i) => assert.ok(i === 0 || width * height <= boxes[i - 1].width * boxes[i - 1].height));

  const entry = NETWORKS.face_expression;
  const loaded = fitWeights("face_expression", entry, SHAPE, {}, tensorSource(loadFaceWeights("expression"), "face-api"));
  const store = await loaded.load(device);
  const batch = boxes.length;
  const explainer = await createExplainer(device, { build: loaded.build, store, shape: SHAPE, methods: ["cam", "grad-cam"], batch });
  const inputs = boxes.map((box) => preparePicture(picture, entry.preparation, box).input);
  const answers = await explainer.explain(inputs, [ranked(0)]);
  let worst = 0;
  sample.faces.forEach(({ expressionBox: [x, y, w, h], expressions }, k) => {
    const near = boxes.map(({ left, top }) => Math.hypot(x - left, y - top));
    const i = near.indexOf(Math.min(...near));
    const { left, top, width, height } = boxes[i];
    const [right, bottom] = [Math.min(x + w, picture.width), Math.min(y + h, picture.height)];
    // Boxes are cut to whole pixels.
    for (const [ours, theirs] of [
      [left, x],
      [top, y],
      [left + width, right],
      [top + height, bottom],
    ])
      assert.ok(Math.abs(ours - theirs) <= 2, `face ${k}: ${ours} and ${theirs}`);
    answers[i].probabilities.forEach((value, c) => {
      worst = Math.max(worst, Math.abs(value - expressions[c]));
    });
  });
  assert.ok(worst < 0.01, `expressions differ by ${worst}`);
  console.log(`# expressions differ from face-api's by ${worst.toExponential(1)} at most`);
  for (const { maps } of answers) for (const { note } of maps) assert.is(note, null);

  explainer.dispose();
  finder.dispose();
  store.dispose();
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
