/** What `intarsia explain` leaves behind: pictures, raw maps, and one record of everything. */
import * as path from "node:path";
import { encodeNpy, type FileTensor, type Tensors } from "../../data/index.ts";
import { writeFileAtomic, writePng, writeSafetensors } from "../../data/node/index.ts";
import { type ExplainedMap, type Explanation, type Faithfulness, highestScores, METHODS } from "../../explain/index.ts";
import type { Canvas } from "../drawing/canvas.ts";
import { bestClasses, describeProbability, type Finding, type Names, plainWords } from "./finding.ts";
import { filesOf, type FindingFiles, mapNames } from "./names.ts";
import { type DrawnMap, drawMap, drawSheet } from "./picture.ts";

/** "deletion 0.21, insertion 0.85, 64.2 points less without its top 30 %" */
function faithfulText({ deletion, insertion, occlusion }: Faithfulness): string {
  const { drop, share } = occlusion;
  const points = `${Math.abs(100 * drop).toFixed(1)} points ${drop >= 0 ? "less" : "more"}`;
  return `deletion ${deletion.auc.toFixed(2)}, insertion ${insertion.auc.toFixed(2)}, ${points} without its top ${Math.round(100 * share)} %`;
}

function drawnMap(map: ExplainedMap, probability: number, faithful: Faithfulness | null, { className, filter }: Names): DrawnMap {
  const { title } = METHODS[map.method];
  const where = map.layer === null ? "" : ` at ${map.layer}${map.filter === null ? "" : `, filter ${map.filter}`}`;
  const measured = faithful ? `: ${faithfulText(faithful)}` : "";
  const plain = plainWords(map, filter);
  const numbers = faithful ? `del ${faithful.deletion.auc.toFixed(2)} · ins ${faithful.insertion.auc.toFixed(2)}` : "";
  return {
    ...{ method: map.method, heat: map.heat, note: map.note },
    title: `${title}: ${className(map.class)} ${describeProbability(probability)}`,
    caption: `${title}${where}${measured}. ${plain} Red counts most, blue least.`,
    brief: [[...(numbers ? [numbers] : []), ...(map.filter === null ? [] : [`filter ${map.filter}`])].join(" · ")],
  };
}

/** Writes a finding's files into a folder; each of them whole. -> their names */
export function writeFinding(folder: string, finding: Finding, names: Names): FindingFiles {
  const { subject, explanation } = finding;
  const files = filesOf(subject.stem, names.model, explanation.maps);
  for (const [i, { npy }] of files.maps.entries())
    writeFileAtomic(path.join(folder, npy), encodeNpy(tensorOf(explanation.maps[i], names.size)));
  const metadata = { model: names.model, file: subject.file };
  writeSafetensors(path.join(folder, files.all.safetensors), tensorsOf(explanation, names.size), metadata);
  drawFinding(folder, finding, files, names);
  return files;
}

/** Writes the pictures alone: once more when the numbers below them are known. */
export function drawFinding(folder: string, finding: Finding, files: FindingFiles, names: Names): void {
  const { subject, explanation, faithfulness } = finding;
  const subtitle = `${names.model} · ${subject.title}`;
  const drawn = explanation.maps.map((map, i) => drawnMap(map, explanation.probabilities[map.class], faithfulness[i], names));
  for (const [i, { picture }] of files.maps.entries()) writePng(path.join(folder, picture), drawMap(subject, drawn[i], subtitle));
  if (files.all.sheet) writePng(path.join(folder, files.all.sheet), sheetOf(finding, drawn, names));
}

function sheetOf({ subject, explanation, faithfulness }: Finding, drawn: readonly DrawnMap[], { model, className }: Names): Canvas {
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
    faithfulness.some(Boolean) ? "del: area under deletion, low is good; ins: insertion, high is good" : "red counts most, blue least",
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
    best: highestScores(logits, 5).map(score),
    maps: maps.map(({ method, layer, filter, class: index, note, heat }, i) => ({
      ...{ method, layer, filter, ...score(index), note, least: heat.least, largest: heat.largest },
      faithfulness: faithfulness[i],
      files: files.maps[i],
    })),
    files: files.all,
  };
}
