/** The work of `intarsia explain`: picture after picture, in batches, on one device. */
import * as path from "node:path";
import { type Picture, type Rectangle, UserError } from "../../data/index.ts";
import { loadFaceWeights, readImage } from "../../data/node/index.ts";
import {
  createExplainer,
  type ExplainedMap,
  type Explainer,
  type Faithfulness,
  METHODS,
  points,
  type Questions,
} from "../../explain/index.ts";
import { createFaceFinder, type FaceFinder, type Loaded, type Preparation, preparePicture } from "../../networks/index.ts";
import type { AdapterKind, Device } from "../../runtime/index.ts";
import { createProgressBar } from "../shared/progress-bar.ts";
import { withDevice } from "../shared/device.ts";
import { writeRecord } from "../shared/output.ts";
import { textTable } from "../shared/text-table.ts";
import { variantsOf } from "../shared/variants-file.ts";
import { bestClasses, type Finding, findingRecord, type Names, type Subject, writeFinding } from "./files.ts";
import { faceStem, type FindingFiles, stemsOf } from "./names.ts";
import { shrunk } from "./picture.ts";

export interface Job {
  readonly model: string;
  readonly files: readonly string[];
  readonly preparation: Preparation;
  readonly shape: readonly [number, number, number];
  readonly loaded: Loaded;
  readonly asked: readonly number[];
  readonly questions: Questions;
  readonly className: (index: number) => string;
  readonly findsFaces: boolean;
  readonly part?: Rectangle;
  /** Of the curves; 0: none. */
  readonly steps: number;
  readonly out: string;
  readonly json?: string;
  readonly adapter?: AdapterKind;
  readonly batch?: number;
  /** A file of `intarsia tune`. */
  readonly variants?: string;
}

interface ReadySubject {
  readonly subject: Subject;
  readonly input: Float32Array;
}

/** Explains all pictures that can be read. If one cannot: UserError at the end. */
export async function explainFiles(job: Job): Promise<void> {
  const bar = createProgressBar(job.files.length);
  const say = (line: string): void => {
    bar.clear();
    console.log(line);
  };
  const problems: string[] = [];
  const records: ReturnType<typeof findingRecord>[] = [];
  if (job.loaded.note) console.error(`intarsia: ${job.loaded.note}`);
  await withDevice(job.adapter, async (device) => {
    const { explainer, finder, close } = await open(device, job);
    try {
      const stems = stemsOf(job.files);
      let waiting: ReadySubject[] = [];
      const flush = async (least: number): Promise<void> => {
        while (waiting.length >= least && waiting.length > 0) {
          const batch = waiting.slice(0, batchOf(job));
          waiting = waiting.slice(batch.length);
          for (const finding of await findings(explainer, batch, job)) records.push(conclude(finding, job, say));
        }
      };
      for (const [i, file] of job.files.entries()) {
        bar.update(i, path.basename(file));
        try {
          waiting.push(...(await subjectsOf(file, stems[i], job, finder, say)));
        } catch (error) {
          if (!(error instanceof UserError) || job.files.length === 1) throw error;
          problems.push(error.message);
        }
        await flush(batchOf(job));
      }
      await flush(1);
    } finally {
      bar.stop();
      close();
    }
  });
  const { model, json } = job;
  writeRecord(json, { model, steps: job.steps, pictures: records, problems });
  if (problems.length === 0) return;
  const others = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  throw new UserError(`${problems.length} of ${job.files.length} pictures could not be explained: ${problems[0]}${others}`);
}

/** A face finder brings several subjects from one picture, so that even one picture may fill a batch. */
const batchOf = ({ batch = 4, files, findsFaces }: Job): number => (findsFaces ? batch : Math.min(batch, files.length));

async function open(device: Device, job: Job) {
  const { loaded, shape, questions, className, findsFaces } = job;
  const store = await loaded.load(device);
  const variants = variantsOf(job.variants, device);
  const explainer = await createExplainer(device, {
    ...questions,
    build: loaded.build,
    store,
    shape,
    batch: batchOf(job),
    className,
    variants,
  });
  const finder = findsFaces
    ? await createFaceFinder(device, { detector: loadFaceWeights("tiny-detector"), landmarks: loadFaceWeights("landmarks") })
    : null;
  const close = (): void => {
    explainer.dispose();
    finder?.dispose();
    store.dispose();
  };
  return { explainer, finder, close };
}

async function subjectsOf(
  file: string,
  stem: string,
  job: Job,
  finder: FaceFinder | null,
  say: (line: string) => void,
): Promise<ReadySubject[]> {
  const picture = await readImage(file);
  const faces = finder ? await finder.find(picture) : [];
  if (finder && faces.length === 0) say(`${file}: no face found; the whole picture is taken for one`);
  const title = path.basename(file);
  const whole: [Rectangle | undefined, string, string][] = [[job.part, stem, title]];
  const parts = faces.map((face, i): [Rectangle, string, string] => [face, faceStem(stem, i), `${title}, face ${i + 1}`]);
  return (parts.length > 0 ? parts : whole).map(([chosen, stem, title]) => {
    const { input, view } = preparePicture(picture, job.preparation, chosen);
    const part = chosen ? around(chosen, picture) : { left: 0, top: 0, width: picture.width, height: picture.height };
    return { input, subject: { ...shrunk(picture, view, part), file, stem, title, chosen: chosen ?? null, seen: view } };
  });
}

/** The part enlarged by a fifth of its longer side on each side, clipped to the picture. */
function around({ left, top, width, height }: Rectangle, picture: Picture): Rectangle {
  const more = 0.2 * Math.max(width, height);
  const [x, y] = [Math.max(0, left - more), Math.max(0, top - more)];
  const [right, bottom] = [Math.min(picture.width, left + width + more), Math.min(picture.height, top + height + more)];
  return { left: x, top: y, width: right - x, height: bottom - y };
}

async function findings(explainer: Explainer, batch: readonly ReadySubject[], { asked, questions, steps }: Job): Promise<Finding[]> {
  // The graph has as many targets as the ranks need; those beyond what was asked repeat the first, and are left out.
  const targets = questions.targets ?? 1;
  const padded = Array.from({ length: targets }, (_, i) => asked[i] ?? asked[0]);
  const explanations = await explainer.explain(
    batch.map(({ input }) => input),
    padded,
  );
  const found: Finding[] = [];
  for (const [i, { subject, input }] of batch.entries()) {
    const maps = withoutTwins(explanations[i].maps.filter(({ target }) => target < asked.length));
    const faithfulness: (Faithfulness | null)[] = [];
    for (const { heat, note, class: index } of maps)
      faithfulness.push(steps > 0 && !note ? await explainer.faithfulness(input, heat, index, steps) : null);
    found.push({ subject, explanation: { ...explanations[i], maps }, faithfulness });
  }
  return found;
}

/** A class that was asked by its number and is among the best, too, is shown once. */
const withoutTwins = (maps: readonly ExplainedMap[]): ExplainedMap[] =>
  maps.filter((map, i) => maps.findIndex((one) => one.method === map.method && one.layer === map.layer && one.class === map.class) === i);

function conclude(finding: Finding, job: Job, say: (line: string) => void) {
  const { model, className, shape, out } = job;
  const names: Names = { model, className, size: [shape[1], shape[2]] };
  const files = writeFinding(out, finding, names);
  say(findingText(finding, files, names, out));
  return findingRecord(finding, files, names);
}

function findingText({ subject, explanation, faithfulness }: Finding, files: FindingFiles, { className }: Names, out: string): string {
  const rows = explanation.maps.map(({ method, layer, filter, class: index, note }, i) => {
    const where = [...(layer === null ? [] : [layer]), ...(filter === null ? [] : [`filter ${filter}`])].join(" ") || "-";
    const faithful = faithfulness[i];
    const numbers = faithful
      ? [faithful.deletion.auc.toFixed(3), faithful.insertion.auc.toFixed(3), points(-faithful.occlusion.drop)]
      : ["", "", ""];
    return { cells: [METHODS[method].title, where, className(index), ...numbers, path.join(out, files.maps[i].picture)], note };
  });
  const titles = [
    "method",
    "layer",
    "class",
    ...(faithfulness.some(Boolean) ? ["deletion", "insertion", "top 30 % hidden"] : ["", "", ""]),
    "picture",
  ];
  const table = textTable([titles, ...rows.map(({ cells }) => cells)], [3, 4, 5]);
  const notes = rows.flatMap(({ cells, note }) => (note ? [`  ${cells[0]}: ${note}`] : []));
  const sheet = files.all.sheet ? [`  all of them: ${path.join(out, files.all.sheet)}`] : [];
  const lines = table.split("\n").map((line) => `  ${line}`);
  return [`${subject.title}: ${bestClasses(explanation, className, 3)}`, ...lines, ...notes, ...sheet].join("\n");
}
