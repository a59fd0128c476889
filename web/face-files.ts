/** The pretrained networks and a sample photograph of @vladmandic/face-api, which the page finds at face/. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Plugin } from "vite";
import { faceDirectory } from "../src/data/node/face.ts";

const NETWORKS = ["face_expression", "face_landmark_68", "tiny_face_detector"];
const SAMPLE = "sample3.jpg";

const TYPES: Readonly<Record<string, string>> = { ".json": "application/json", ".jpg": "image/jpeg", ".bin": "application/octet-stream" };

/** Name below face/ -> file. Empty where the package is not installed: the page then tells its visitors to bring weights of their own. */
function files(): ReadonlyMap<string, string> {
  let folder: string;
  try {
    folder = faceDirectory();
  } catch {
    return new Map();
  }
  const wanted = (name: string): boolean => NETWORKS.some((network) => name.startsWith(`${network}_model`));
  const models = readdirSync(join(folder, "model")).filter(wanted);
  const found = new Map(models.map((name) => [name, join(folder, "model", name)]));
  const sample = join(folder, "demo", SAMPLE);
  if (existsSync(sample)) found.set("sample.jpg", sample);
  return found;
}

export function faceFiles(): Plugin {
  return {
    name: "face-files",
    generateBundle() {
      const found = files();
      if (found.size === 0) this.warn("@vladmandic/face-api is not installed: the page will have no network of its own");
      for (const [name, path] of found) this.emitFile({ type: "asset", fileName: `face/${name}`, source: readFileSync(path) });
    },
    configureServer(server) {
      const found = files();
      server.middlewares.use("/face", (request, response, next) => {
        const path = found.get((request.url ?? "").replace(/^\/|\?.*$/g, ""));
        if (!path) return next();
        response.setHeader("content-type", TYPES[extname(path)]);
        response.end(readFileSync(path));
      });
    },
  };
}
