/** `intarsia localize score`: maps of any method against boxes or masks. */
import { UserError } from "../../data/errors.ts";
import {
  createBoxAccuracy,
  createPixelPrecision,
  type LocalizationMetadata,
  OVERLAPS,
  type Overlap,
  scaledCorners,
} from "../../metrics/index.ts";
import { createAuthorAccuracy } from "../../metrics/localization/author-accuracy.ts";
import { checkDistinct } from "../shared/distinct.ts";
import { checkWritable, writeRecord } from "../shared/output.ts";
import { createProgressBar } from "../shared/progress-bar.ts";
import { readMap, readMetadata, readPredictions, readTruth } from "./files.ts";

export const RULES = ["published", "author"] as const;
export type Rule = (typeof RULES)[number];

export interface ScoreOptions {
  readonly maps: string;
  readonly metadata: string;
  readonly masks?: string;
  readonly step: number;
  readonly size: number;
  readonly predictions?: string;
  readonly rule: Rule;
  readonly json?: string;
}

type Percents = Readonly<Record<Overlap, number>>;

/** Percent, or null where the files do not say. */
export interface LocalizationScores {
  readonly images: number;
  readonly maxBoxAcc: number | null;
  readonly maxBoxAccV2: number | null;
  readonly pxap: number | null;
  readonly top1Loc: number | null;
  readonly top5Loc: number | null;
  readonly boxAcc: { readonly v1: Percents; readonly v2: Percents | null } | null;
  /** The threshold of maxBoxAcc. */
  readonly tau: number | null;
}

export async function localizeScore(options: ScoreOptions): Promise<void> {
  const { metadata: folder, predictions, json } = options;
  if (json !== undefined) {
    checkWritable(json);
    checkDistinct({ outputs: { "--json": json }, inputs: predictions ? [predictions] : [] });
  }
  const metadata = readMetadata(folder);
  if (metadata.masks && options.masks === undefined)
    throw new UserError(`${folder}: localization.txt names masks; --masks says in which folder they are`);
  const guesses = predictions === undefined ? null : readPredictions(predictions, metadata);
  if (guesses && !metadata.boxes) throw new UserError("--predictions: classes are judged together with boxes, and there are masks only");
  const scores = await (metadata.boxes ? scoreBoxes(options, metadata, guesses) : scoreMasks(options, metadata));
  for (const line of linesOf(scores, options.rule)) console.log(line);
  writeRecord(json, scores);
}

const NOTHING = { maxBoxAcc: null, maxBoxAccV2: null, pxap: null, top1Loc: null, top5Loc: null, boxAcc: null, tau: null };

async function scoreBoxes(
  { maps, size, step, rule }: ScoreOptions,
  { ids, boxes, sizes, labels }: LocalizationMetadata,
  guesses: ReadonlyMap<string, readonly number[]> | null,
): Promise<LocalizationScores> {
  const published = rule === "published" ? createBoxAccuracy({ size, step }) : null;
  const author = rule === "author" ? createAuthorAccuracy({ size, step }) : null;
  await each(ids, (id) => {
    const map = readMap(maps, id, size);
    const truths = boxes?.get(id) ?? [];
    const picture = sizes.get(id) ?? ([size, size] as const);
    author?.add(map, truths, picture);
    published?.add(
      map,
      truths.map((truth) => scaledCorners(truth, picture, size)),
    );
  });
  const { v1, tau, found } = published?.result() ?? (author as NonNullable<typeof author>).result();
  const v2 = published?.result().v2 ?? null;
  const mean = (all: Percents): number => OVERLAPS.reduce((sum, least) => sum + all[least], 0) / OVERLAPS.length;
  const top = (count: number): number | null => {
    if (!guesses) return null;
    const right = ids.filter(
      (id, i) =>
        found[i] &&
        guesses
          .get(id)
          ?.slice(0, count)
          .includes(labels.get(id) ?? -1),
    );
    return (100 * right.length) / ids.length;
  };
  const own = { maxBoxAcc: v1[50], maxBoxAccV2: mean(v2 ?? v1), boxAcc: { v1, v2 }, tau };
  return { images: ids.length, ...NOTHING, ...own, top1Loc: top(1), top5Loc: top(5) };
}

async function scoreMasks({ maps, masks = "", size, step }: ScoreOptions, metadata: LocalizationMetadata): Promise<LocalizationScores> {
  const pixels = createPixelPrecision({ step });
  await each(metadata.ids, async (id) => {
    const map = readMap(maps, id, size);
    pixels.add(map, await readTruth(masks, metadata.masks?.get(id) ?? { masks: [], ignore: null }, size));
  });
  return { images: metadata.ids.length, ...NOTHING, pxap: pixels.result() };
}

/** With progress; other work of the process goes on in between. */
async function each(ids: readonly string[], work: (id: string) => void | Promise<void>): Promise<void> {
  const bar = createProgressBar(ids.length);
  try {
    for (const [i, id] of ids.entries()) {
      bar.update(i, id);
      await work(id);
    }
  } finally {
    bar.stop();
  }
}

function linesOf({ images, maxBoxAcc, maxBoxAccV2, pxap, top1Loc, top5Loc, boxAcc, tau }: LocalizationScores, rule: Rule): string[] {
  const percent = (value: number): string => `${value.toFixed(2)} %`;
  const at = (all: Percents): string => OVERLAPS.map((least) => `${percent(all[least])} at ${least}`).join(", ");
  if (pxap !== null) return [`${images} pictures with masks`, `PxAP ${percent(pxap)}`];
  if (maxBoxAcc === null || maxBoxAccV2 === null || !boxAcc) return [];
  return [
    `${images} pictures with boxes, judged by the ${rule} rule`,
    `MaxBoxAcc   ${percent(maxBoxAcc)} at tau ${Number((tau ?? 0).toFixed(6))}; largest contours: ${at(boxAcc.v1)}`,
    `MaxBoxAccV2 ${percent(maxBoxAccV2)}; ${boxAcc.v2 ? `all contours: ${at(boxAcc.v2)}` : "the mean of the three"}`,
    ...(top1Loc === null || top5Loc === null ? [] : [`Top-1 Loc   ${percent(top1Loc)}`, `Top-5 Loc   ${percent(top5Loc)}`]),
  ];
}
