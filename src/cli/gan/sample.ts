/** `intarsia gan sample`: images of a trained generator. */

import * as path from "node:path";
import { UserError } from "../../data/errors.ts";
import { writePng } from "../../data/node/index.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import { GAN_FILES, readGanRun } from "../../studies/gan/files.ts";
import { interpolationGrid, samplesGrid } from "../../studies/gan/grid.ts";
import { openGenerator } from "../../studies/gan/sampling.ts";
import { MODEL_FILE, RUN_FILES } from "../../training/run-files.ts";
import { withDevice } from "../shared/device.ts";
import { checkDistinct } from "../shared/distinct.ts";
import { directoryFiles } from "../../training/node.ts";
import { checkWritable } from "../shared/output.ts";

export interface GanSampleOptions {
  readonly out: string;
  readonly count?: number;
  readonly seed?: number;
  readonly interpolate?: boolean;
  readonly adapter?: AdapterKind;
}

const IMAGES = 64;
const ROWS = 4;

export async function ganSample(run: string, { out, count, seed: said, interpolate = false, adapter }: GanSampleOptions): Promise<void> {
  const files = directoryFiles(run);
  const config = await readGanRun(files);
  if (!config) throw new UserError(`${run}: no run of intarsia gan`);
  if (!(await files.read(MODEL_FILE))) throw new UserError(`${run}: has no ${MODEL_FILE} yet; train it to its end first`);
  if (!/\.png$/i.test(out)) throw new UserError(`--out ${out}: must end in .png`);
  checkWritable(out);
  checkDistinct({ outputs: { "--out": out }, inputs: [...RUN_FILES, ...GAN_FILES].map((name) => path.join(run, name)) });
  const seed = said ?? config.seed;
  await withDevice(adapter, async (device) => {
    const programs = await openGenerator(device, config, files);
    try {
      const grid = interpolate
        ? await interpolationGrid(programs, config, { rows: count ?? ROWS, seed })
        : await samplesGrid(programs, config, { count: count ?? IMAGES, seed });
      writePng(out, grid);
      console.log(`${out}: ${grid.width}x${grid.height} pixels, ${interpolate ? "interpolations" : "samples"}, seed ${seed}`);
    } finally {
      programs.dispose();
    }
  });
}
