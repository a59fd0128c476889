/**
 * What face-api itself answers on its own sample pictures -> tests/golden/face.json.
 *
 *   node --conditions=intarsia-source --import tsx scripts/golden/face.ts
 *
 * Its browser bundle, with TensorFlow.js' plain CPU backend, runs in Node once it believes that it is in a browser. Pictures are decoded by
 * our own `readImage` and given to it as tensors, so that the comparison is of networks and not of JPEG decoders.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { faceDirectory, readImage } from "intarsia/data/node";

interface Tensor {
  dataSync(): Float32Array;
  dispose(): void;
}
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
interface Landmarks {
  readonly positions: readonly { readonly x: number; readonly y: number }[];
  align(detection: null, options: { useDlibAlignment: boolean }): Box;
}
interface Face {
  readonly detection: { readonly score: number; readonly box: Box };
  readonly landmarks: Landmarks;
  readonly alignedRect: { readonly box: Box };
  readonly expressions: Readonly<Record<string, number>>;
  readonly descriptor: Float32Array;
}
interface Network {
  loadFromWeightMap(weights: unknown): void;
}
interface Faces extends Promise<readonly Face[]> {
  withFaceLandmarks(tiny?: boolean): Faces;
  withFaceExpressions(): Faces;
  withFaceDescriptors(): Faces;
}
interface Detection {
  readonly score: number;
  readonly box: Box;
}
interface FaceApi {
  readonly tf: {
    setBackend(name: string): Promise<boolean>;
    tensor3d(data: Int32Array, shape: readonly number[], dtype: string): Tensor;
    readonly io: { decodeWeights(buffer: ArrayBuffer, specification: unknown): unknown };
  };
  readonly nets: Readonly<Record<string, Network>>;
  readonly TinyFaceDetectorOptions: new (options: object) => object;
  readonly SsdMobilenetv1Options: new (options: object) => object;
  detectAllFaces(input: Tensor, options: object): Faces;
}

const FILES = {
  faceExpressionNet: "face_expression_model",
  faceRecognitionNet: "face_recognition_model",
  faceLandmark68Net: "face_landmark_68_model",
  faceLandmark68TinyNet: "face_landmark_68_tiny_model",
  tinyFaceDetector: "tiny_face_detector_model",
  ssdMobilenetv1: "ssd_mobilenetv1_model",
};
const SAMPLES = [1, 2, 3, 4, 5, 6].map((i) => `sample${i}.jpg`);
/** Of each picture, to keep the file small. */
const MOST_FACES = 2;

async function loadFaceApi(): Promise<FaceApi> {
  const nothing = (): void => {};
  Object.assign(globalThis, { window: { document: {}, addEventListener: nothing, postMessage: nothing } });
  const bundle = "@vladmandic/face-api/dist/face-api.esm.js";
  const api = (await import(bundle)) as FaceApi;
  await api.tf.setBackend("cpu");
  for (const [name, file] of Object.entries(FILES)) {
    const folder = join(faceDirectory(), "model");
    const [{ paths, weights }] = JSON.parse(readFileSync(join(folder, `${file}-weights_manifest.json`), "utf8"));
    const bytes = new Uint8Array(readFileSync(join(folder, paths[0])));
    api.nets[name].loadFromWeightMap(api.tf.io.decodeWeights(bytes.buffer, weights));
  }
  return api;
}

const round = (digits: number) => (x: number) => Number(x.toPrecision(digits));
const boxOf = ({ x, y, width, height }: Box): number[] => [x, y, width, height].map(round(12));
const pointsOf = ({ positions }: Landmarks): number[] => positions.flatMap(({ x, y }) => [x, y]).map(round(6));

async function facesOf(api: FaceApi, file: string): Promise<object> {
  const { width, height, data } = await readImage(join(faceDirectory(), "demo", file));
  const pixels = Int32Array.from({ length: 3 * width * height }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]);
  const input = api.tf.tensor3d(pixels, [height, width, 3], "int32");
  const options = new api.TinyFaceDetectorOptions({ inputSize: 416, scoreThreshold: 0.5 });
  const all = await api.detectAllFaces(input, options).withFaceLandmarks().withFaceExpressions().withFaceDescriptors();
  const tiny = await api.detectAllFaces(input, options).withFaceLandmarks(true);
  const plain = (await api.detectAllFaces(input, new api.SsdMobilenetv1Options({}))) as unknown as readonly Detection[];
  const ssd = plain.slice(0, MOST_FACES).map(({ score, box }) => ({ score: round(8)(score), box: boxOf(box) }));
  input.dispose();
  const faces = all.slice(0, MOST_FACES).map((face, i) => ({
    score: round(8)(face.detection.score),
    box: boxOf(face.detection.box),
    landmarks: pointsOf(face.landmarks),
    tinyLandmarks: pointsOf(tiny[i].landmarks),
    expressionBox: boxOf(face.alignedRect.box),
    recognitionBox: boxOf(face.landmarks.align(null, { useDlibAlignment: true })),
    expressions: Object.values(face.expressions).map(round(6)),
    descriptor: Array.from(face.descriptor, round(6)),
  }));
  return { file, width, height, count: all.length, faces, ssdCount: plain.length, ssd };
}

const api = await loadFaceApi();
const pictures: object[] = [];
for (const file of SAMPLES) {
  pictures.push(await facesOf(api, file));
  console.log(file, JSON.stringify(pictures.at(-1)).slice(0, 160));
}
const lines = pictures.map((picture) => JSON.stringify(picture)).join(",\n");
writeFileSync("tests/golden/face.json", `{"source":"@vladmandic/face-api 1.7.15","pictures":[\n${lines}\n]}\n`);
