/** Runs of this study as a table fills its cells with them. */
import { UserError } from "../../../data/errors.ts";
import { defineSettings, type Settings } from "../../../data/settings/index.ts";
import type { TableData, TableJob } from "../../../experiments/types.ts";
import { majorityBaseline } from "../../../metrics/classification.ts";
import type { RunFiles } from "../../../training/host.ts";
import { prettyJson, readJson, readRun, RESULT_FILE, type RunKind, writeRun } from "../../../training/run-files.ts";
import { type MilConfig, milSettings } from "../config.ts";
import { readMilRun, readResult } from "../files.ts";
import { runMil } from "../run.ts";
import { drawSplits, type MilData } from "../splits.ts";
import { TASKS } from "../tasks.ts";

/** A share as percent, without the digits that only the multiplication makes. */
const inPercent = (share: number): number => Number((100 * share).toFixed(9));

const isFinished = async (files: RunFiles): Promise<boolean> => (await files.read(RESULT_FILE)) !== null;

/** Values: `error` and, of always answering the commonest label of the training bags, `majority`; of the test bags, in percent. */
export function milJob(given: MilConfig, data: TableData<MilData>): TableJob {
  const config = milSettings.check(given, "mil");
  return {
    study: "mil",
    config: milSettings.identity(config),
    data: [data],
    async run({ host, device, version, resume }) {
      await runMil({ host, device: await device(), config, data: await data.load(), version }, { resume });
    },
    async results(files) {
      if (!(await isFinished(files))) return null;
      const { testError, majorityError, adapter, seconds, peakBytes } = await readResult(files);
      return { values: { error: inPercent(testError), majority: inPercent(majorityError) }, adapter, seconds, peakBytes };
    },
    async recorded(files) {
      const saved = await readMilRun(files);
      return saved && milSettings.identity(saved);
    },
  };
}

const { task, seed, trainBags, validationBags, testBags } = milSettings.settings;
const bagSettings = defineSettings({ task, seed, trainBags, validationBags, testBags });
const KIND: RunKind = { format: "intarsia-mil-majority-run", command: "intarsia mil (always the commonest answer)" };

/** No training: what `milJob` has as `majority`, from the bags alone. Values: `majority`, in percent. */
export function majorityJob(given: MilConfig, data: TableData<MilData>): TableJob {
  const config = bagSettings.check(Object.fromEntries(Object.keys(bagSettings.settings).map((key) => [key, given[key as "seed"]])), "mil");
  return {
    study: "mil-majority",
    config: bagSettings.identity(config),
    data: [data],
    async run({ host }) {
      const begin = host.now();
      await writeRun(host.files, KIND, config);
      const counts = { train: config.trainBags, validation: config.validationBags, test: config.testBags };
      const { train, test } = drawSplits(TASKS[config.task], await data.load(), counts, config.seed);
      const labels = [train, test].map(({ bags }) => bags.map(({ label }) => label));
      const { error } = majorityBaseline(labels[0], labels[1]);
      await host.files.write(RESULT_FILE, prettyJson({ majorityError: error.rate, seconds: (host.now() - begin) / 1000 }));
    },
    async results(files) {
      const json = (await readJson(files, RESULT_FILE)) as { readonly majorityError?: number; readonly seconds?: number } | undefined;
      if (json === undefined) return null;
      const { majorityError, seconds } = json ?? {};
      if (!Number.isFinite(majorityError) || !Number.isFinite(seconds))
        throw new UserError(`${files.locate(RESULT_FILE)}: not the result of a run`);
      return { values: { majority: inPercent(Number(majorityError)) }, adapter: null, seconds: Number(seconds) };
    },
    async recorded(files): Promise<Settings | null> {
      const saved = await readRun(files, KIND);
      return saved && bagSettings.identity(bagSettings.check(saved, files.locate("run.json")));
    },
  };
}
