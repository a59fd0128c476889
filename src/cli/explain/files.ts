/** What `intarsia explain` leaves behind: pictures, raw maps, and one record of everything. */
import * as path from "node:path";
import { encodeNpy, type FileTensor, type Tensors } from "../../data/index.ts";
import type { Rectangle } from "../../data/index.ts";
import { writeFileAtomic, writePng, writeSafetensors } from "../../data/node/index.ts";
import type { Faithfulness, Explanation, ExplainedMap } from "../../explain/index.ts";
import { METHODS } from "../../explain/index.ts";
import type { Canvas } from "../drawing/canvas.ts";
import { filesOf, type FindingFiles, mapNames } from "./names.ts";
import { type DrawnMap, type DrawnPicture, drawMap, drawSheet } from "./picture.ts";

/** A picture, or one face of it. */
export interface Subject extends DrawnPicture {
  readonly file: string;
  /** What its files' names begin with. */
  readonly stem: string;
  /** "photo.jpg", "photo.jpg, face 2" */
  readonly title: string;
  /** The part that was asked for, or a face; null for the whole picture. In pixels of the file's picture, as is what the network saw. */
  readonly chosen: Rectangle | null;
  readonly seen: Rectangle;
}

/** What was found out about one subject. */
export interface Finding {
  readonly subject: Subject;
  readonly explanation: Explanation;
  /** One for each map, or null where it was not asked for. */
  readonly faithfulness: readonly (Faithfulness | null)[];
}

export interface Names {
  readonly model: string;
  readonly className: (index: number) => string;
  /** [H, W] of the network's input. */
  readonly size: readonly [number, number];
}

/** Nearly all is not all. */
export const describeProbability = (share: number): string => (share < 1 && share >= 0.9995 ? ">99.9 %" : `${(100 * share).toFixed(1)} %`);

/** "tabby 83.1 %, tiger cat 9.9 %, lynx 2.0 %" */
export function bestClasses({ probabilities }: Explanation, className: Names["className"], count: number): string {
  return topIndices(probabilities, count)
    .map((index) => `${className(index)} ${describeProbability(probabilities[index])}`)
    .join(", ");
}

const topIndices = (values: Float32Array, count: number): number[] =>
  Array.from(values, (_, i) => i)
    .sort((a, b) => values[b] - values[a])
    .slice(0, count);

/** "deletion 0.21, insertion 0.85, 64.2 points less without its top 30 %" */
function faithfulText({ deletion, insertion, occlusion }: Faithfulness): string {
  const { drop, share } = occlusion;
  const points = `${Math.abs(100 * drop).toFixed(1)} points ${drop >= 0 ? "less" : "more"}`;
  return `deletion ${deletion.auc.toFixed(2)}, insertion ${insertion.auc.toFixed(2)}, ${points} without its top ${Math.round(100 * share)} %`;
}

function drawnMap(map: ExplainedMap, probability: number, faithful: Faithfulness | null, { className }: Names): DrawnMap {
  const { title } = METHODS[map.method];
  const where = map.layer === null ? "" : ` at ${map.layer}${map.filter === null ? "" : `, filter ${map.filter}`}`;
  const measured = faithful ? `: ${faithfulText(faithful)}` : "";
  const numbers = faithful ? `del ${faithful.deletion.auc.toFixed(2)} · ins ${faithful.insertion.auc.toFixed(2)}` : "";
  return {
    ...{ method: map.method, heat: map.heat, note: map.note },
    title: `${title}: ${className(map.class)} ${describeProbability(probability)}`,
    caption: `${title}${where}${measured}`,
    brief: [[...(numbers ? [numbers] : []), ...(map.filter === null ? [] : [`filter ${map.filter}`])].join(" · ")],
  };
}

/** Writes a finding's files into a folder; each of them whole. -> their names */
export function writeFinding(folder: string, finding: Finding, names: Names): FindingFiles {
  const { subject, explanation, faithfulness } = finding;
  const locate = (name: string): string => path.join(folder, name);
  const subtitle = `${names.model} · ${subject.title}`;
  const drawn = explanation.maps.map((map, i) => drawnMap(map, explanation.probabilities[map.class], faithfulness[i], names));
  const files = filesOf(subject.stem, explanation.maps);
  for (const [i, { picture, npy }] of files.maps.entries()) {
    writePng(locate(picture), drawMap(subject, drawn[i], subtitle));
    writeFileAtomic(locate(npy), encodeNpy(tensorOf(explanation.maps[i], names.size)));
  }
  const { safetensors, sheet } = files.all;
  writeSafetensors(locate(safetensors), tensorsOf(explanation, names.size), { model: names.model, file: subject.file });
  if (sheet) writePng(locate(sheet), sheetOf(subject, explanation, drawn, names));
  return files;
}

function sheetOf(subject: Subject, explanation: Explanation, drawn: readonly DrawnMap[], { model, className }: Names): Canvas {
  const { maps } = explanation;
  const several = (values: readonly unknown[]): boolean => new Set(values).size > 1;
  const layers = [...new Set(maps.flatMap(({ layer }) => (layer === null ? [] : [layer])))];
  const classes = several(maps.map((map) => map.class));
  const tiles = drawn.map((map, i) => {
    const marks = [...(classes ? [className(maps[i].class)] : []), ...(layers.length > 1 && maps[i].layer ? [maps[i].layer] : [])];
    return { ...map, title: METHODS[map.method].title, brief: [...(marks.length > 0 ? [marks.join(" · ")] : []), ...map.brief] };
  });
  const explained = classes
    ? bestClasses(explanation, className, 3)
    : `${className(maps[0].class)} ${describeProbability(explanation.probabilities[maps[0].class])}`;
  const subtitle = [
    model,
    ...(layers.length > 0 ? [layers.join(", ")] : []),
    "del: area under deletion, low is good; ins: insertion, high is good",
  ].join(" · ");
  return drawSheet(subject, tiles, { title: `${subject.title}: ${explained}`, subtitle });
}

/** [H, W] of one channel, else [C, H, W] */
function tensorOf({ map }: ExplainedMap, [height, width]: readonly [number, number]): FileTensor {
  const channels = map.length / (height * width);
  return { shape: channels === 1 ? [height, width] : [channels, height, width], dtype: "F32", data: map };
}

function tensorsOf({ logits, probabilities, maps }: Explanation, size: readonly [number, number]): Tensors {
  const scores = {
    logits: { shape: [logits.length], dtype: "F32", data: logits },
    probabilities: { shape: [probabilities.length], dtype: "F32", data: probabilities },
  } as const;
  return { ...scores, ...Object.fromEntries(mapNames(maps).map((name, i) => [name, tensorOf(maps[i], size)])) };
}

/** A finding for programs. */
export function findingRecord({ subject, explanation, faithfulness }: Finding, files: FindingFiles, { className }: Names) {
  const { probabilities, logits, maps } = explanation;
  const score = (index: number) => ({ class: index, name: className(index), probability: probabilities[index], logit: logits[index] });
  return {
    file: subject.file,
    part: subject.chosen,
    view: subject.seen,
    best: topIndices(probabilities, 5).map(score),
    maps: maps.map(({ method, layer, filter, class: index, note, heat }, i) => ({
      ...{ method, layer, filter, ...score(index), note, least: heat.least, largest: heat.largest },
      faithfulness: faithfulness[i],
      files: files.maps[i],
    })),
    files: files.all,
  };
}
