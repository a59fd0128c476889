/** The face networks with their pretrained weights against face-api on its own sample pictures (scripts/golden/face.ts), on the GPU. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { squareInput, type Picture } from "../../src/data/index.ts";
import { faceDirectory, loadFaceWeights, readImage, type FaceNetwork } from "../../src/data/node/index.ts";
import { input, softmax, type Node } from "../../src/graph/index.ts";
import { compile, createStore, type Program } from "../../src/kernels/index.ts";
import {
  createParams,
  decodeFaces,
  DETECTOR_INPUT,
  expressionBox,
  EXPRESSIONS,
  FACE_INPUT,
  faceExpression,
  faceLandmarks,
  faceRecognition,
  intersectionOverUnion,
  pixelBox,
  placeLandmarks,
  RECOGNITION_INPUT,
  recognitionBox,
  stateDict,
  tinyFaceDetector,
  type Box,
  type FaceInput,
  type Params,
  type Point,
} from "../../src/models/index.ts";

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
}
const { pictures } = JSON.parse(readFileSync(new URL("../golden/face.json", import.meta.url), "utf8")) as { pictures: readonly Sample[] };

const NETWORKS: Readonly<Record<FaceNetwork, readonly [FaceInput, (p: Params, x: Node) => Node]>> = {
  expression: [FACE_INPUT, (p, x) => softmax(faceExpression(p, x).logits, 1)],
  recognition: [RECOGNITION_INPUT, faceRecognition],
  landmarks: [FACE_INPUT, (p, x) => faceLandmarks(p, x).logits],
  "tiny-landmarks": [FACE_INPUT, (p, x) => faceLandmarks(p, x, { variant: "tiny-landmarks" }).logits],
  "tiny-detector": [DETECTOR_INPUT, tinyFaceDetector],
};
const names = Object.keys(NETWORKS) as FaceNetwork[];

const boxOf = ([x, y, width, height]: readonly number[]): Box => ({ x, y, width, height });
const flat = (points: readonly Point[]): number[] => points.flatMap(({ x, y }) => [x, y]);
const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (x, i) => Math.abs(x - b[i])).reduce((most, difference) => Math.max(most, difference), 0);

for (const name of names)
  test(`${name}: the package's tensors are the graph's parameters, with their shapes`, () => {
    const [{ size }, build] = NETWORKS[name];
    const p = createParams();
    build(p, input("x", [1, 3, size, size]));
    const ours = stateDict(p).map(({ key, shape }) => `${key} ${shape.join()}`);
    const theirs = Object.entries(loadFaceWeights(name)).map(([key, { shape }]) => `${key} ${shape.join()}`);
    assert.equal(ours.sort(), theirs.sort());
  });

/** A network with its weights: what it answers to a part of a picture. */
async function open(device: Awaited<ReturnType<typeof openDevice>>, name: FaceNetwork) {
  const [square, build] = NETWORKS[name];
  const store = createStore(device);
  const y = build(createParams(), input("x", [1, 3, square.size, square.size]));
  const program: Program = await compile(device, { name, outputs: { y }, store });
  for (const [path, { data }] of Object.entries(loadFaceWeights(name))) store.write(path, data as Float32Array);
  return async (picture: Picture, box?: Box): Promise<ArrayLike<number>> =>
    (await program.call({ x: squareInput(picture, { ...square, box }) })).y;
}

test("GPU: detections, landmarks, expressions and descriptors are face-api's", async () => {
  const device = await openDevice();
  const network = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await open(device, name)] as const)));
  const worst = { score: 0, box: 0, landmarks: 0, tinyLandmarks: 0, boxes: 0, expressions: 0, descriptor: 0 };
  const note = (key: keyof typeof worst, error: number, most: number): void => {
    worst[key] = Math.max(worst[key], error);
    assert.ok(error <= most, `${key}: ${error} off, at most ${most}`);
  };
  for (const { file, width, height, count, faces } of pictures) {
    const picture = await readImage(join(faceDirectory(), "demo", file));
    assert.equal([picture.width, picture.height], [width, height]);
    const found = decodeFaces(await network["tiny-detector"](picture), picture, { size: DETECTOR_INPUT.size });
    assert.is(found.length, count, file);
    for (const [i, golden] of faces.entries()) {
      const box = boxOf(golden.box);
      note("score", Math.abs(found[i].score - golden.score), 1e-4);
      note("box", farthest([found[i].box.x, found[i].box.y, found[i].box.width, found[i].box.height], golden.box), 0.05);
      const given = pixelBox(box, picture);
      const points = placeLandmarks(await network.landmarks(picture, given), box, given);
      note("landmarks", farthest(flat(points), golden.landmarks), 0.05);
      const tiny = placeLandmarks(await network["tiny-landmarks"](picture, given), box, given);
      note("tinyLandmarks", farthest(flat(tiny), golden.tinyLandmarks), 0.05);
      note("boxes", farthest(Object.values(expressionBox(points)), golden.expressionBox), 0.1);
      assert.equal(Object.values(recognitionBox(points)), golden.recognitionBox);
      const crop = (numbers: readonly number[]): Box => pixelBox(boxOf(numbers), picture);
      const expressions = await network.expression(picture, crop(golden.expressionBox));
      assert.is(expressions.length, EXPRESSIONS.length);
      note("expressions", farthest(expressions, golden.expressions), 1e-4);
      const descriptor = await network.recognition(picture, crop(golden.recognitionBox));
      note("descriptor", Math.hypot(...Array.from(descriptor, (x, k) => x - golden.descriptor[k])), 1e-4);
    }
  }
  const text = Object.entries(worst).map(([key, error]) => `${key} ${error.toExponential(1)}`);
  console.log(`# farthest from face-api: ${text.join(", ")}`);
  device.close();
});

test("boxes: overlaps, and parts that lie beside the picture", () => {
  const box = { x: 0, y: 0, width: 2, height: 2 };
  assert.is(intersectionOverUnion(box, box), 1);
  assert.is(intersectionOverUnion(box, { ...box, x: 1 }), 1 / 3);
  assert.is(intersectionOverUnion(box, { ...box, x: 2 }), 0);
  assert.equal(pixelBox({ x: -3.5, y: 1.5, width: 10.25, height: 90 }, { width: 20, height: 30 }), { x: 0, y: 1, width: 6, height: 28 });
  assert.equal(pixelBox({ x: 50, y: 0, width: 5, height: 5 }, { width: 20, height: 30 }), { x: 50, y: 0, width: 0, height: 5 });
});

test.run();
