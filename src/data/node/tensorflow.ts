/** Models of TensorFlow.js on disk, in whatever form: a manifest with binary files, or JavaScript modules that hold both. */

import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import * as path from "node:path";
import { quote, UserError } from "../errors.ts";
import { decodeManifest, type ManifestGroup, parseManifest } from "../tensors/manifest.ts";
import type { Tensors } from "../tensors/safetensors.ts";
import { withFileErrors } from "./files.ts";
import { readManifest } from "./manifest.ts";
import { readExports } from "./script.ts";

/** What the file of a model is called in a folder, in the order in which they are looked for. */
const MODEL_FILES = ["model.json", "model.min.js", "model.js"];

/**
 * All tensors of a model of TensorFlow.js under its own names, dequantised. `place`: its model.json (or a weights manifest) with the binary
 * files beside it; a JavaScript module that exports the same as a literal, with modules beside it that export the files in base64 (as the
 * npm package nsfwjs has them; they are read, not executed); or the folder of either. Something else, damaged or cut short: UserError.
 */
export function readTensorFlow(place: string): Tensors {
  const file = modelFile(place);
  return file.toLowerCase().endsWith(".js") ? readModules(file) : readManifest(file);
}

/** Whether a path may be a model of TensorFlow.js: a folder, or a file by its name. */
export const looksLikeTensorFlow = (place: string): boolean =>
  /\.(json|js)$/i.test(place) || fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;

function modelFile(place: string): string {
  if (!withFileErrors(place, "read", () => fs.statSync(place)).isDirectory()) return place;
  const name = MODEL_FILES.find((one) => fs.existsSync(path.join(place, one)));
  if (name === undefined) throw new UserError(`${place}: no model of TensorFlow.js: the folder has no ${MODEL_FILES.join(", nor ")}`);
  return path.join(place, name);
}

/** `model.min.js` states the manifest; the file `shard` of it is in `shard.min.js`. */
function readModules(file: string): Tensors {
  const ending = /(\.min)?\.js$/i.exec(file)?.[0] ?? ".js";
  const groups = parseManifest(JSON.stringify(readExports(file)), file);
  const bytesOf = ({ paths }: ManifestGroup): Uint8Array =>
    Buffer.concat(paths.map((name) => decodeBase64(path.join(path.dirname(file), name + ending))));
  return decodeManifest(groups, groups.map(bytesOf), file);
}

function decodeBase64(file: string): Uint8Array {
  const text = readExports(file);
  if (typeof text !== "string") throw new UserError(`${file}: exports ${quote(JSON.stringify(text))}, not a text of base64`);
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new UserError(`${file}: exports a text that is not base64`);
  return Buffer.from(text, "base64");
}
