/**
 * What is known of pictures that a localisation is judged on, in the text files of Choe et al. (arXiv:2007.04178, clovaai/wsolevaluation): image_ids.txt,
 * class_labels.txt, image_sizes.txt, and localization.txt with a box or with a mask on each line.
 */
import { UserError } from "../../data/errors.ts";

/** First column and row, last column and row, in pixels of the picture. */
export type Corners = readonly [x0: number, y0: number, x1: number, y1: number];

export interface MaskNames {
  /** Files whose pixels above 0 are foreground, one for each object. */
  readonly masks: readonly string[];
  /** File whose pixels above 0 are not judged, except where they are foreground. */
  readonly ignore: string | null;
}

export interface LocalizationMetadata {
  readonly ids: readonly string[];
  readonly labels: ReadonlyMap<string, number>;
  /** Boxes, of which each picture has one or more; or */
  readonly boxes: ReadonlyMap<string, readonly Corners[]> | null;
  /** masks. */
  readonly masks: ReadonlyMap<string, MaskNames> | null;
  readonly sizes: ReadonlyMap<string, readonly [width: number, height: number]>;
}

/** The text files by name; `class_labels` may be missing where no classes are judged, `image_sizes` where there are only masks. */
export interface MetadataTexts {
  readonly image_ids: string;
  readonly localization: string;
  readonly class_labels?: string;
  readonly image_sizes?: string;
}

interface Line {
  readonly cells: readonly string[];
  readonly where: string;
}

/** Pictures without truth, truth of unknown pictures, sizes of 0, boxes that lie outside or the wrong way round: UserError with file and line. */
export function parseLocalizationMetadata(texts: MetadataTexts): LocalizationMetadata {
  const ids = linesOf(texts.image_ids, "image_ids.txt", 1).map(({ cells: [id] }) => id);
  if (ids.length === 0) throw new UserError("image_ids.txt: it names no picture");
  const known = new Set(ids);
  if (known.size < ids.length) throw new UserError(`image_ids.txt: ${ids.find((id, i) => ids.indexOf(id) !== i)} is there more than once`);
  const sizes = unique(texts.image_sizes ?? "", "image_sizes.txt", known, 3, ([, w, h], where): readonly [number, number] => {
    const size = [count(w, where), count(h, where)] as const;
    if (size[0] < 1 || size[1] < 1) throw new UserError(`${where}: a picture of ${size[0]} x ${size[1]} pixels`);
    return size;
  });
  const labels = unique(texts.class_labels ?? "", "class_labels.txt", known, 2, ([, label], where) => count(label, where));
  const lines = linesOf(texts.localization, "localization.txt");
  const columns = lines[0]?.cells.length ?? 0;
  if (columns !== 5 && columns !== 3)
    throw new UserError(
      `localization.txt: expected image,x0,y0,x1,y1 or image,mask,ignore on each line, got ${columns} values on the first`,
    );
  for (const line of lines) checkLine(line, known, columns);
  const missing = (found: ReadonlyMap<string, unknown>, file: string): void => {
    const id = ids.find((one) => !found.has(one));
    if (id !== undefined) throw new UserError(`${file}: nothing about ${id}, which image_ids.txt names`);
  };
  if (texts.class_labels !== undefined) missing(labels, "class_labels.txt");
  const [boxes, masks] = columns === 5 ? [boxesOf(lines, sizes), null] : [null, masksOf(lines)];
  if (boxes) missing(sizes, "image_sizes.txt");
  missing((boxes ?? masks) as ReadonlyMap<string, unknown>, "localization.txt");
  return { ids, labels, boxes, masks, sizes };
}

function boxesOf(lines: readonly Line[], sizes: LocalizationMetadata["sizes"]): Map<string, Corners[]> {
  const boxes = new Map<string, Corners[]>();
  for (const { cells, where } of lines) {
    const [id, ...rest] = cells;
    const [x0, y0, x1, y1] = rest.map((cell) => count(cell, where));
    const size = sizes.get(id);
    if (!size) throw new UserError(`image_sizes.txt: nothing about ${id}, of which ${where} has a box`);
    const text = `the box ${rest.join(",")}`;
    if (x0 > x1 || y0 > y1) throw new UserError(`${where}: ${text} ends before it begins; expected x0,y0,x1,y1`);
    if (x1 > size[0] || y1 > size[1]) throw new UserError(`${where}: ${text} lies outside of the picture, ${size[0]} x ${size[1]} pixels`);
    boxes.set(id, [...(boxes.get(id) ?? []), [x0, y0, x1, y1]]);
  }
  return boxes;
}

function masksOf(lines: readonly Line[]): Map<string, MaskNames> {
  const masks = new Map<string, MaskNames>();
  for (const { cells, where } of lines) {
    const [id, mask, ignore] = cells;
    const before = masks.get(id);
    if (mask === "") throw new UserError(`${where}: no mask file`);
    if (before && ignore !== "") throw new UserError(`${where}: only the first line of ${id} names what is ignored`);
    masks.set(id, before ? { ...before, masks: [...before.masks, mask] } : { masks: [mask], ignore: ignore === "" ? null : ignore });
  }
  return masks;
}

/** A file with one line for each picture. */
function unique<T>(
  text: string,
  file: string,
  known: ReadonlySet<string>,
  columns: number,
  parse: (cells: readonly string[], where: string) => T,
): Map<string, T> {
  const found = new Map<string, T>();
  for (const line of linesOf(text, file)) {
    checkLine(line, known, columns);
    const [id] = line.cells;
    if (found.has(id)) throw new UserError(`${line.where}: ${id} is there a second time`);
    found.set(id, parse(line.cells, line.where));
  }
  return found;
}

function checkLine({ cells, where }: Line, known: ReadonlySet<string>, columns: number): void {
  if (cells.length !== columns) throw new UserError(`${where}: expected ${columns} values, got ${cells.length}`);
  if (!known.has(cells[0])) throw new UserError(`${where}: ${cells[0] || "(empty)"} is not in image_ids.txt`);
}

/** The lines that are not empty; of `columns` 1 a line is one value, whatever is in it. */
const linesOf = (text: string, file: string, columns?: 1): Line[] =>
  text.split("\n").flatMap((raw, i) => {
    const line = raw.replace(/\r$/, "");
    return line === "" ? [] : [{ cells: columns === 1 ? [line] : line.split(","), where: `${file}:${i + 1}` }];
  });

function count(text: string, where: string): number {
  if (!/^\s*[+-]?\d{1,9}\s*$/.test(text)) throw new UserError(`${where}: ${JSON.stringify(text)} is no whole number`);
  const value = Number(text);
  if (value < 0) throw new UserError(`${where}: ${value} is below 0`);
  return value;
}
