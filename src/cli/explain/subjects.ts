/** From picture files to what is explained: a picture, a part of it, or each of its faces. */
import * as path from "node:path";
import type { Picture, Rectangle } from "../../data/index.ts";
import { readImage } from "../../data/node/index.ts";
import { type FaceFinder, type Preparation, preparePicture } from "../../networks/index.ts";
import type { Subject } from "./finding.ts";
import { faceStem } from "./names.ts";
import { shrunk } from "./picture.ts";

export interface ReadySubject {
  readonly subject: Subject;
  /** f32 [C, H, W] */
  readonly input: Float32Array;
}

export interface SubjectOptions {
  readonly preparation: Preparation;
  /** Of the one picture: only this is looked at. In pixels of the file's picture. */
  readonly part?: Rectangle;
  /** Finds the faces; null: the picture is taken as it is. */
  readonly finder: FaceFinder | null;
}

/** Everything in one file. `stem`: what its files' names begin with. A file that is no picture, or a part outside of it: UserError. */
export async function subjectsOf(file: string, stem: string, { preparation, part, finder }: SubjectOptions): Promise<ReadySubject[]> {
  const picture = await readImage(file, { shrink: true });
  const { original } = picture;
  const [across, down] = [original.width / picture.width, original.height / picture.height];
  const name = path.basename(file);
  const subjectOf = (chosen: Rectangle | undefined, own: Pick<Subject, "stem" | "title" | "remarks">): ReadySubject => {
    const { input, view } = preparePicture(picture, preparation, chosen);
    const drawn = chosen ? around(chosen, picture) : { left: 0, top: 0, width: picture.width, height: picture.height };
    const places = { chosen: chosen ? scaled(chosen, across, down) : null, seen: scaled(view, across, down) };
    return { input, subject: { ...shrunk(picture, view, drawn), file, ...own, ...places } };
  };
  const smaller = `${original.width} x ${original.height} pixels are many: it is looked at with ${picture.width} x ${picture.height}`;
  const remarks = across > 1 ? [smaller] : [];
  const faces = finder ? await finder.find(picture) : [];
  if (faces.length > 0)
    return faces.map((face, i) => subjectOf(face, { stem: faceStem(stem, i), title: `${name}, face ${i + 1}`, remarks }));
  const title = finder ? `${name}, no face found` : name;
  const taken = finder ? ["no face found; the whole picture is taken for one"] : [];
  return [subjectOf(part ? scaled(part, 1 / across, 1 / down) : undefined, { stem, title, remarks: [...remarks, ...taken] })];
}

const scaled = ({ left, top, width, height }: Rectangle, across: number, down: number): Rectangle => ({
  left: left * across,
  top: top * down,
  width: width * across,
  height: height * down,
});

/** The part enlarged by a fifth of its longer side on each side, clipped to the picture. */
function around({ left, top, width, height }: Rectangle, picture: Picture): Rectangle {
  const more = 0.2 * Math.max(width, height);
  const [x, y] = [Math.max(0, left - more), Math.max(0, top - more)];
  const [right, bottom] = [Math.min(picture.width, left + width + more), Math.min(picture.height, top + height + more)];
  return { left: x, top: y, width: right - x, height: bottom - y };
}
