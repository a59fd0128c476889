/** face-api's expression network in a page: its manifest and weights fetched, made a safetensors blob, and loaded from that by slices. */
import { openDevice } from "#open-device";
import { blobSource, decodeManifest, encodeSafetensors, fromTensorFlow, parseManifest } from "../../../src/data/index.ts";
import { input, softmax } from "../../../src/graph/index.ts";
import { compile, createStore } from "../../../src/kernels/index.ts";
import { createParams, FACE_INPUT, faceExpression } from "../../../src/models/index.ts";
import { loadWeights } from "../../../src/networks/weights/index.ts";

const fetched = async (path: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(path)).arrayBuffer());

export async function main() {
  const groups = parseManifest(new TextDecoder().decode(await fetched("/manifest.json")), "manifest.json");
  const tensors = fromTensorFlow(decodeManifest(groups, [await fetched("/weights.bin")], "weights.bin"), "weights.bin");
  const blob = new Blob([encodeSafetensors(tensors) as Uint8Array<ArrayBuffer>]);

  const device = await openDevice();
  const store = createStore(device);
  const p = createParams();
  const x = input("x", [1, 3, FACE_INPUT.size, FACE_INPUT.size]);
  const probabilities = softmax(faceExpression(p, x).logits, 1);
  const { copies } = await loadWeights(p, await blobSource(blob, "dropped.safetensors"), store);
  const refusal = await blobSource(blob.slice(0, blob.size - 1), "cut.safetensors").catch((error: unknown) => String(error));
  const program = await compile(device, { name: "expression", outputs: { probabilities }, store });
  const face = new Float32Array((await fetched("/face.bin")).buffer);
  const found = [...(await program.call({ x: face })).probabilities];
  const { description } = device;
  device.close();
  return { description, loaded: copies.length, refusal, found };
}
