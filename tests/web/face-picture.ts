/** A face of the optional package's sample photograph, in pixels that every decoder reads alike once they are a PNG file. */
import * as path from "node:path";
import type { Picture } from "../../src/data/index.ts";
import { faceDirectory, readImage } from "../../src/data/node/index.ts";
import { overlay } from "../../src/explain/index.ts";

const FACE = { left: 863, top: 82, width: 640, height: 608 };

/** 320 × 304 pixels. */
export const facePicture = async (): Promise<Picture> =>
  overlay(await readImage(path.join(faceDirectory(), "demo", "sample3.jpg")), null, { view: FACE, part: FACE, width: 320, height: 304 });
