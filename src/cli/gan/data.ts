/** `--data` of `intarsia gan`: digits or pictures. */

import * as fs from "node:fs";
import { UserError } from "../../data/errors.ts";
import { imageFolder, loadDigits } from "../../data/node/index.ts";
import { digitData, GAN_STATISTICS, type GanData, pictureData } from "../../studies/gan/data.ts";
import { SIDE } from "../../studies/gan/study.ts";
import { realPath } from "../shared/distinct.ts";

/** Fewer would leave nothing to hold out. */
const LEAST = 20;
const IDX = /idx[13]-ubyte(\.gz)?$/;

/** Whether it is MNIST, or a folder that holds its files. No such folder: UserError. */
export function holdsDigits(folder: string | undefined): boolean {
  if (folder === undefined) return true;
  if (!fs.existsSync(folder)) throw new UserError(`${folder}: no such directory`);
  if (!fs.statSync(folder).isDirectory()) throw new UserError(`${folder}: not a directory`);
  return fs.readdirSync(folder).some((name) => IDX.test(name));
}

/** What a judge's name says of the data. */
export const dataName = (folder: string | undefined): string => (folder === undefined ? "MNIST" : realPath(folder));

/** All images at 32 x 32. A folder without enough pictures: UserError. */
export async function loadGanData(folder: string | undefined, channels: number): Promise<GanData> {
  if (folder === undefined || holdsDigits(folder)) {
    if (channels !== 1) throw new UserError("digits are grey: --channels must be 1");
    return digitData(loadDigits(folder));
  }
  if (channels !== 1 && channels !== 3) throw new UserError(`--channels must be 1 or 3, got ${channels}`);
  const set = await imageFolder(folder, { size: SIDE, channels, ...GAN_STATISTICS });
  if (set.size < LEAST) throw new UserError(`${folder}: ${set.size} pictures are too few; at least ${LEAST} are needed`);
  return pictureData(set);
}
