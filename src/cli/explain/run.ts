/** The work of `intarsia explain`: picture after picture, in batches, on one device. First all maps of a batch, then how far to trust them. */
import * as path from "node:path";
import { type Rectangle, UserError } from "../../data/index.ts";
import { loadFaceWeights } from "../../data/node/index.ts";
import { createExplainer, type ExplainedMap, type Explainer, probes, type Questions } from "../../explain/index.ts";
import { createFaceFinder, type Loaded, type Preparation } from "../../networks/index.ts";
import type { AdapterKind, Device } from "../../runtime/index.ts";
import { withDevice } from "../shared/device.ts";
import { writeRecord } from "../shared/output.ts";
import { duration } from "../shared/progress.ts";
import { createProgressBar, type ProgressBar } from "../shared/progress-bar.ts";
import { variantsOf } from "../shared/variants-file.ts";
import { drawFinding, findingRecord, writeFinding } from "./files.ts";
import type { Finding, Names } from "./finding.ts";
import { type FindingFiles, stemsOf } from "./names.ts";
import { type ReadySubject, subjectsOf } from "./subjects.ts";
import { findingText, measuredText, measuringText, READING } from "./text.ts";

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

/** What waits for its turn, in the order of the files: something to explain, or why a file gives nothing. */
type Waiting = ReadySubject | { readonly problem: string };

/** Explains all pictures that can be read; each that cannot is told in its place. If there is one: UserError at the end. */
export async function explainFiles(job: Job): Promise<void> {
  const bar = createProgressBar(job.files.length);
  const problems: string[] = [];
  const records: ReturnType<typeof findingRecord>[] = [];
  if (job.loaded.note) console.error(`intarsia: ${job.loaded.note}`);
  await withDevice(job.adapter, async (device) => {
    const { explainer, finder, close } = await open(device, job, bar);
    const stems = stemsOf(job.files);
    const conclude = concluder(explainer, job, bar);
    const size = batchOf(job);
    let waiting: Waiting[] = [];
    const flush = async (): Promise<void> => {
      records.push(...(await conclude(waiting)));
      waiting = [];
    };
    try {
      for (const [i, file] of job.files.entries()) {
        bar.update(i, path.basename(file));
        for (const one of await read(file, stems[i])) {
          waiting.push(one);
          if ("problem" in one) problems.push(one.problem);
          if (waiting.filter((each) => "subject" in each).length === size) await flush();
        }
      }
      await flush();
    } finally {
      bar.stop();
      close();
    }
    async function read(file: string, stem: string): Promise<Waiting[]> {
      try {
        return await subjectsOf(file, stem, { ...job, finder });
      } catch (error) {
        if (!(error instanceof UserError) || job.files.length === 1) throw error;
        return [{ problem: error.message }];
      }
    }
  });
  const { model, json } = job;
  if (records.length > 0) console.log(READING);
  writeRecord(json, { model, steps: job.steps, pictures: records, problems });
  if (problems.length > 0) throw new UserError(`${problems.length} of ${job.files.length} pictures could not be explained`);
}

/** A face finder brings several subjects from one picture, so that even one picture may fill a batch. */
const batchOf = ({ batch = 4, files, findsFaces }: Job): number => (findsFaces ? batch : Math.min(batch, files.length));

async function open(device: Device, job: Job, bar: ProgressBar) {
  const { loaded, shape, questions, className, findsFaces } = job;
  const store = await loaded.load(device, (done, total) => bar.update(done, "loading weights", total));
  const explainer = await createExplainer(device, {
    ...questions,
    ...{ build: loaded.build, store, shape, batch: batchOf(job), className, variants: variantsOf(job.variants, device) },
    // A CPU is as fast with one picture at a time.
    probed: device.software ? 1 : 8,
    progress: (done, total) => bar.update(done, "compiling kernels", total),
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

/** Explains one batch after another: writes and prints its maps, then measures them. -> a record of each picture */
function concluder(explainer: Explainer, job: Job, bar: ProgressBar) {
  const { model, className, shape, out, steps, questions } = job;
  const names: Names = { model, className, size: [shape[1], shape[2]], filter: questions.filter };
  let told = false;
  const say = (line: string, print = console.log): void => {
    bar.clear();
    print(line);
  };
  return async (waiting: readonly Waiting[]) => {
    const ready = waiting.filter((one) => "subject" in one);
    const findings = await found(explainer, ready, job);
    const files = new Map<Finding, FindingFiles>();
    for (const one of waiting) {
      if ("problem" in one) {
        say(`intarsia: ${one.problem}`, console.error);
        continue;
      }
      const finding = findings[ready.indexOf(one)];
      const written = writeFinding(out, finding, names);
      files.set(finding, written);
      say(findingText(finding, written, names, out));
    }
    const records: ReturnType<typeof findingRecord>[] = [];
    const pictures = findings.reduce((sum, finding) => sum + picturesOf(finding, steps), 0);
    if (pictures > 0 && !told) say(measuringText(pictures, steps));
    told ||= pictures > 0;
    for (const [finding, written] of files) {
      const measured = await measure(explainer, finding, ready[findings.indexOf(finding)].input, steps, bar);
      const text = measuredText(measured, names);
      if (text !== null) {
        drawFinding(out, measured, written, names);
        say(text);
      }
      records.push(findingRecord(measured, written, names));
    }
    return records;
  };
}

/** The maps of a batch, not yet measured. */
async function found(explainer: Explainer, ready: readonly ReadySubject[], { asked, questions }: Job): Promise<Finding[]> {
  if (ready.length === 0) return [];
  // The graph has as many targets as the ranks need; those beyond what was asked repeat the first, and are left out.
  const targets = questions.targets ?? 1;
  const padded = Array.from({ length: targets }, (_, i) => asked[i] ?? asked[0]);
  const inputs = ready.map(({ input }) => input);
  const explanations = await explainer.explain(inputs, padded);
  return ready.map(({ subject }, i) => {
    const maps = withoutTwins(explanations[i].maps.filter(({ target }) => target < asked.length));
    return { subject, explanation: { ...explanations[i], maps }, faithfulness: maps.map(() => null) };
  });
}

/** A class that was asked by its number and is among the best, too, is shown once. */
const withoutTwins = (maps: readonly ExplainedMap[]): ExplainedMap[] =>
  maps.filter((map, i) => maps.findIndex((one) => one.method === map.method && one.layer === map.layer && one.class === map.class) === i);

/** Where there is something to see. */
const visible = ({ explanation }: Finding): ExplainedMap[] => explanation.maps.filter(({ note }) => !note);

/** How many pictures measuring sends through the network, or a few less. */
const picturesOf = (finding: Finding, steps: number): number => (steps > 0 ? visible(finding).length * (probes(steps).length - 3) : 0);

async function measure(explainer: Explainer, finding: Finding, input: Float32Array, steps: number, bar: ProgressBar): Promise<Finding> {
  if (steps === 0) return finding;
  const { explanation, subject } = finding;
  const shown = visible(finding);
  const marks = shown.map(({ heat, class: target }) => ({ heat, target }));
  const begin = performance.now();
  const numbers = await explainer.measure(input, marks, steps, {
    known: (target) => explanation.probabilities[target],
    progress(done, total) {
      const left = done > 0 ? `, ${duration(((performance.now() - begin) * (total - done)) / done / 1000)} left` : "";
      bar.update(done, `measuring ${subject.title}${left}`, total);
    },
  });
  return { ...finding, faithfulness: explanation.maps.map((map) => numbers[shown.indexOf(map)] ?? null) };
}
