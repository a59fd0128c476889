/** The files that are served with the page: the shipped networks, in TensorFlow.js' format. Nothing else is ever fetched. */
import { decodeManifest, fromTensorFlow, parseManifest, type Tensors, UserError } from "intarsia/data";
import type { FaceWeights } from "intarsia/networks";

export type Shipped = "face_expression" | "face_landmark_68" | "tiny_face_detector";

/** A file of the page did not come, for lack of a connection. */
export class LoadingError extends Error {
  override readonly name = "LoadingError";
}

async function fetched(address: URL, signal?: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(address, { signal }).catch(() => {
    signal?.throwIfAborted();
    const file = address.pathname.split("/").at(-1);
    throw new LoadingError(`${file} did not come: the server of this page does not answer`);
  });
  if (!response.ok)
    throw new UserError(
      "this copy of the page was built without the pretrained networks; drop a safetensors file with weights of your own",
    );
  return new Uint8Array(await response.arrayBuffer());
}

/** The networks of the face finder. */
export async function finderTensors(base: string): Promise<FaceWeights> {
  const [detector, landmarks] = await Promise.all([shippedTensors(base, "tiny_face_detector"), shippedTensors(base, "face_landmark_68")]);
  return { detector, landmarks };
}

/** The tensors of a shipped network under the keys of its graph. Not part of this copy of the page: UserError; not reached: LoadingError. */
export async function shippedTensors(base: string, name: Shipped, signal?: AbortSignal): Promise<Tensors> {
  const at = (file: string): URL => new URL(`face/${file}`, base);
  const manifest = `${name}_model-weights_manifest.json`;
  const groups = parseManifest(new TextDecoder().decode(await fetched(at(manifest), signal)), manifest);
  const files: Uint8Array[] = [];
  for (const { paths } of groups) files.push(joined(await Promise.all(paths.map((path) => fetched(at(path), signal)))));
  return fromTensorFlow(decodeManifest(groups, files, manifest), manifest);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
