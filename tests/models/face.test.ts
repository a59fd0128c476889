/** The face networks with their pretrained weights against face-api on its own sample pictures (scripts/golden/face.ts), on the GPU. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { squareInput, tensorSource, type Picture, type Rectangle } from "../../src/data/index.ts";
import { faceDirectory, loadFaceWeights, readImage, type FaceNetwork } from "../../src/data/node/index.ts";
import { input, softmax, type Node } from "../../src/graph/index.ts";
import { compile, createStore, type Program } from "../../src/kernels/index.ts";
import {
  createParams,
  DETECTOR_INPUT,
  EXPRESSIONS,
  FACE_INPUT,
  faceExpression,
  faceLandmarks,
  faceRecognition,
  RECOGNITION_INPUT,
  ssdFaceDetector,
  SSD_INPUT,
  stateDict,
  tinyFaceDetector,
  type FaceInput,
  type Params,
} from "../../src/models/index.ts";
import { intersectionOverUnion } from "../../src/metrics/index.ts";
import { decodeFaces, decodeSsd, expressionBox, pixelBox, placeLandmarks, type Point, recognitionBox } from "../../src/networks/index.ts";
import { loadWeights } from "../../src/networks/weights/index.ts";

interface Face {
  readonly score: number;
  readonly box: readonly number[];
  readonly landmarks: readonly number[];
  readonly tinyLandmarks: readonly number[];
  readonly expressionBox: readonly number[];
  readonly recognitionBox: readonly number[];
  readonly expressions: readonly number[];
  readonly descriptor: readonly number[];
}
interface Sample {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly faces: readonly Face[];
  readonly ssdCount: number;
  readonly ssd: readonly Pick<Face, "score" | "box">[];
}
const { pictures } = JSON.parse(readFileSync(new URL("../golden/face.json", import.meta.url), "utf8")) as { pictures: readonly Sample[] };

const SSD_PICTURES = ["sample1.jpg", "sample5.jpg"];

type Build = (p: Params, x: Node) => Readonly<Record<string, Node>>;

const NETWORKS: Readonly<Record<FaceNetwork, readonly [FaceInput, Build]>> = {
  expression: [FACE_INPUT, (p, x) => ({ y: softmax(faceExpression(p, x).logits, 1) })],
  recognition: [RECOGNITION_INPUT, (p, x) => ({ y: faceRecognition(p, x) })],
  landmarks: [FACE_INPUT, (p, x) => ({ y: faceLandmarks(p, x).logits })],
  "tiny-landmarks": [FACE_INPUT, (p, x) => ({ y: faceLandmarks(p, x, { variant: "tiny-landmarks" }).logits })],
  "tiny-detector": [DETECTOR_INPUT, (p, x) => ({ y: tinyFaceDetector(p, x) })],
  detector: [SSD_INPUT, (p, x) => ({ ...ssdFaceDetector(p, x) })],
};
const names = Object.keys(NETWORKS) as FaceNetwork[];

const boxOf = ([left, top, width, height]: readonly number[]): Rectangle => ({ left, top, width, height });
const numbersOf = ({ left, top, width, height }: Rectangle): number[] => [left, top, width, height];
const flat = (points: readonly Point[]): number[] => points.flatMap(({ x, y }) => [x, y]);
const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (x, i) => Math.abs(x - b[i])).reduce((most, difference) => Math.max(most, difference), 0);

for (const name of names)
  test(`${name}: the package's tensors are the graph's parameters, with their shapes`, () => {
    const [{ size }, build] = NETWORKS[name];
    const p = createParams();
    build(p, input("x", [1, 3, size, size]));
    const ours = stateDict(p)
      .filter(({ dtype }) => dtype === "F32")
      .map(({ key, shape }) => `${key} ${shape.join()}`);
    const theirs = Object.entries(loadFaceWeights(name)).map(([key, { shape }]) => `${key} ${shape.join()}`);
    assert.equal(ours.sort(), theirs.sort());
  });

/** A network with its weights: what it answers to a part of a picture. */
async function open(device: Awaited<ReturnType<typeof openDevice>>, name: FaceNetwork) {
  const [square, build] = NETWORKS[name];
  const store = createStore(device);
  const p = createParams();
  const outputs = build(p, input("x", [1, 3, square.size, square.size]));
  await loadWeights(p, tensorSource(loadFaceWeights(name), name), store);
  const program: Program = await compile(device, { name, outputs, store });
  return (picture: Picture, box?: Rectangle): Promise<Record<string, ArrayLike<number>>> =>
    program.call({ x: squareInput(picture, { ...square, box }) });
}

test("GPU: detections, landmarks, expressions and descriptors are face-api's", async () => {
  const device = await openDevice();
  const network = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await open(device, name)] as const)));
  const worst = { score: 0, box: 0, landmarks: 0, tinyLandmarks: 0, boxes: 0, expressions: 0, descriptor: 0 };
  const note = (key: keyof typeof worst, error: number, most: number): void => {
    worst[key] = Math.max(worst[key], error);
    assert.ok(error <= most, `${key}: ${error} off, at most ${most}`);
  };
  for (const { file, width, height, count, faces, ssdCount, ssd } of pictures) {
    const picture = await readImage(join(faceDirectory(), "demo", file));
    assert.equal([picture.width, picture.height], [width, height]);
    const found = decodeFaces((await network["tiny-detector"](picture)).y, picture, { size: DETECTOR_INPUT.size });
    assert.is(found.length, count, file);
    // The large detector costs more than all others together: two pictures of it.
    if (SSD_PICTURES.includes(file)) {
      const { boxes, scores } = await network.detector(picture);
      const exact = decodeSsd(boxes, scores, picture, { size: SSD_INPUT.size });
      assert.is(exact.length, ssdCount, file);
      ssd.forEach(({ score, box }, i) => {
        note("score", Math.abs(exact[i].score - score), 1e-4);
        note("box", farthest(numbersOf(exact[i].box), box), 0.05);
      });
    }
    for (const [i, golden] of faces.entries()) {
      const box = boxOf(golden.box);
      note("score", Math.abs(found[i].score - golden.score), 1e-4);
      note("box", farthest(numbersOf(found[i].box), golden.box), 0.05);
      const given = pixelBox(box, picture);
      const points = placeLandmarks((await network.landmarks(picture, given)).y, box, given);
      note("landmarks", farthest(flat(points), golden.landmarks), 0.05);
      const tiny = placeLandmarks((await network["tiny-landmarks"](picture, given)).y, box, given);
      note("tinyLandmarks", farthest(flat(tiny), golden.tinyLandmarks), 0.05);
      note("boxes", farthest(Object.values(expressionBox(points)), golden.expressionBox), 0.1);
      assert.equal(Object.values(recognitionBox(points)), golden.recognitionBox);
      const crop = (numbers: readonly number[]): Rectangle => pixelBox(boxOf(numbers), picture);
      const expressions = (await network.expression(picture, crop(golden.expressionBox))).y;
      assert.is(expressions.length, EXPRESSIONS.length);
      note("expressions", farthest(expressions, golden.expressions), 1e-4);
      const descriptor = (await network.recognition(picture, crop(golden.recognitionBox))).y;
      note("descriptor", Math.hypot(...Array.from(descriptor, (x, k) => x - golden.descriptor[k])), 1e-4);
    }
  }
  const text = Object.entries(worst).map(([key, error]) => `${key} ${error.toExponential(1)}`);
  console.log(`# farthest from face-api: ${text.join(", ")}`);
  device.close();
});

test("boxes: overlaps, and parts that lie beside the picture", () => {
  const box = { left: 0, top: 0, width: 2, height: 2 };
  assert.is(intersectionOverUnion(box, box), 1);
  assert.is(intersectionOverUnion(box, { ...box, left: 1 }), 1 / 3);
  assert.is(intersectionOverUnion(box, { ...box, left: 2 }), 0);
  assert.equal(pixelBox({ left: -3.5, top: 1.5, width: 10.25, height: 90 }, { width: 20, height: 30 }), {
    left: 0,
    top: 1,
    width: 6,
    height: 28,
  });
  assert.equal(pixelBox({ left: 50, top: 0, width: 5, height: 5 }, { width: 20, height: 30 }), { left: 50, top: 0, width: 0, height: 5 });
});

test.run();
