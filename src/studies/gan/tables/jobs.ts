/** Runs of this study, and its judge, as a table fills its cells with them. */
import { UserError } from "../../../data/errors.ts";
import { defineSettings } from "../../../data/settings/index.ts";
import type { TableData, TableJob } from "../../../experiments/types.ts";
import { readJson, readRun, RESULT_FILE } from "../../../training/run-files.ts";
import { type GanConfig, ganSettings } from "../config.ts";
import type { GanData } from "../data.ts";
import { readGanResult, readGanRun } from "../files.ts";
import { JUDGE_KIND, openJudge } from "../judge.ts";
import { runGan } from "../run.ts";

/** Values: `frechet`, `precision`, `recall` and `covered`, of the images that are judged last; with `real ` before them, of training images. */
export function ganJob(given: GanConfig, data: TableData<GanData>): TableJob {
  const config = ganSettings.check(given, "gan");
  return {
    study: "gan",
    config: ganSettings.identity(config),
    data: [data],
    needs: { judge: judgeJob(config, data) },
    async run({ host, device, version, resume, needs }) {
      await runGan({ host, judgeFiles: needs.judge, device: await device(), config, data: await data.load(), version }, { resume });
    },
    async results(files) {
      if ((await files.read(RESULT_FILE)) === null) return null;
      const { scores, real, adapter, seconds, peakBytes } = await readGanResult(files);
      if (!scores || !real) throw new UserError(`${files.locate(RESULT_FILE)}: a run on images without classes has no numbers`);
      const numbers = ({ frechet, precision, recall, covered }: typeof real) => ({ frechet, precision, recall, covered });
      const ofReal = Object.entries(numbers(real)).map(([name, value]) => [`real ${name}`, value]);
      return { values: { ...numbers(scores), ...Object.fromEntries(ofReal) }, adapter, seconds, peakBytes };
    },
    async recorded(files) {
      const saved = await readGanRun(files);
      return saved && ganSettings.identity(saved);
    },
  };
}

const { channels, judgeImages, judgeEpochs } = ganSettings.settings;
const judgeSettings = defineSettings({ channels, judgeImages, judgeEpochs });

/** The network that judges. Values: `accuracy` on held-out images. */
function judgeJob(config: GanConfig, data: TableData<GanData>): TableJob {
  const own = judgeSettings.check({ channels: config.channels, judgeImages: config.judgeImages, judgeEpochs: config.judgeEpochs }, "gan");
  return {
    study: "gan-judge",
    config: judgeSettings.identity(own),
    data: [data],
    async run({ host, device }) {
      const judge = await openJudge(await device(), host, config, await data.load());
      if (!judge) throw new UserError(`${data.name}: images without classes have no judge`);
      judge.dispose();
    },
    async results(files) {
      const json = (await readJson(files, RESULT_FILE)) as { readonly accuracy?: number } | undefined;
      if (json === undefined) return null;
      if (!Number.isFinite(json?.accuracy)) throw new UserError(`${files.locate(RESULT_FILE)}: not the result of a judge`);
      return { values: { accuracy: Number(json.accuracy) }, adapter: null, seconds: 0 };
    },
    async recorded(files) {
      const saved = await readRun(files, JUDGE_KIND);
      if (!saved) return null;
      const { classes: _, ...settings } = saved;
      return judgeSettings.identity(judgeSettings.check(settings, files.locate("run.json")));
    },
  };
}
