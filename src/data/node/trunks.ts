/** The pretrained MobileNetV2 trunks that the npm package nsfwjs holds (MIT licence). Optional: a user installs it. */

import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { UserError } from "../errors.ts";
import { mobileNetV2FromTensorFlow } from "../tensors/mobilenet-v2.ts";
import type { Tensors } from "../tensors/safetensors.ts";
import { readTensorFlow } from "./tensorflow.ts";

/** The folder of each trunk in the package. */
const FOLDERS = { mobilenet_v2_mid: "mobilenet_v2_mid", mobilenet_v2_keras: "mobilenet_v2" } as const;

export type TrunkName = keyof typeof FOLDERS;

/** Its peers are TensorFlow.js itself, which nothing here needs. */
const INSTALL = "npm install nsfwjs@4.4.0 --omit=peer";

/**
 * The weights of a trunk (`mobileNetV2` of src/models) under the keys of its graph: the package's, or those of a model of TensorFlow.js
 * at `place` (see `readTensorFlow`). Not installed, of another network, damaged: UserError.
 */
export function loadTrunkWeights(name: TrunkName, place: string = trunkDirectory(name)): Tensors {
  return mobileNetV2FromTensorFlow(readTensorFlow(place), place);
}

/** Packages are looked for where this file is, and where the user is. */
const homesOf = (): string[] => [import.meta.url, path.join(process.cwd(), "package.json")];

/** The folder of a trunk's model, for `readTensorFlow`. `homes`: files from whose folders upwards the package is looked for. Not installed: UserError. */
export function trunkDirectory(name: TrunkName, homes: readonly string[] = homesOf()): string {
  const folders = homes.flatMap((home) => {
    const main = resolved(home);
    return main ? [path.join(path.dirname(main), "..", "models", FOLDERS[name])] : [];
  });
  const found = folders.find((folder) => fs.existsSync(folder));
  if (found) return found;
  throw new UserError(`the pretrained weights of ${name} are not installed: run \`${INSTALL}\`, or name a weights file`);
}

/** dist/cjs/index.js: the package's own package.json cannot be asked for. */
function resolved(home: string): string | null {
  try {
    return createRequire(home).resolve("nsfwjs");
  } catch {
    return null;
  }
}
