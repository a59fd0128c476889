/** A pretrained network in a browser: from TensorFlow.js' format to safetensors to the GPU, and what it says about a face. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { squareInput } from "../../src/data/index.ts";
import { faceDirectory, readImage } from "../../src/data/node/index.ts";
import { FACE_INPUT } from "../../src/models/index.ts";
import { pixelBox } from "../../src/networks/index.ts";
import { runInBrowser } from "./harness.ts";
import type { main } from "./pages/weights.ts";

const golden = JSON.parse(readFileSync("tests/golden/face.json", "utf8")).pictures[0];

test("the expression network answers in a browser as face-api does", async () => {
  const picture = await readImage(join(faceDirectory(), "demo", golden.file));
  const [left, top, width, height] = golden.faces[0].expressionBox;
  const face = squareInput(picture, { ...FACE_INPUT, box: pixelBox({ left, top, width, height }, picture) });
  const model = (ending: string): Uint8Array =>
    new Uint8Array(readFileSync(join(faceDirectory(), "model", `face_expression_model${ending}`)));
  const files = {
    "/manifest.json": model("-weights_manifest.json"),
    "/weights.bin": model(".bin"),
    "/face.bin": new Uint8Array(face.buffer),
  };
  const result = await runInBrowser("tests/browser/pages/weights.ts", { files, timeoutMs: 240_000 });
  const { description, loaded, refusal, found } = result as Awaited<ReturnType<typeof main>>;
  assert.is(loaded, 49);
  assert.match(String(refusal), /^UserError: cut.safetensors: cut short: its tensors need \d+ bytes, the file holds \d+$/);
  const off = Math.max(...found.map((value, i) => Math.abs(value - golden.faces[0].expressions[i])));
  console.log(`# expressions in ${description}: ${off.toExponential(1)} off face-api`);
  assert.ok(off < 1e-4, `${found}`);
});

test.run();
