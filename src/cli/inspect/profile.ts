/** `intarsia profile`: where the time of a model's program goes, as a table and as a page. */
import { Command, Option } from "commander";
import { whole } from "../../data/settings/index.ts";
import { writeFileAtomic } from "../../data/node/index.ts";
import { compile, createStore } from "../../kernels/index.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import { withDevice } from "../shared/device.ts";
import { checkDistinct } from "../shared/distinct.ts";
import { adapterOption } from "../shared/options.ts";
import { type ProgramOptions, programOptions, type Programs } from "./programs.ts";
import { numberIn } from "../shared/options.ts";
import { checkWritable } from "../shared/output.ts";
import { profilePage } from "./profile-page.ts";
import { profileReport, profileText } from "./profile-report.ts";
import { variantsOf, variantsOption } from "../shared/variants-file.ts";

interface ProfileOptions extends ProgramOptions {
  readonly adapter?: AdapterKind;
  readonly runs: number;
  readonly top: number;
  readonly variants?: string;
  readonly html?: string;
  readonly json?: string;
}

async function profile(programs: Programs, model: string, options: ProfileOptions): Promise<void> {
  for (const file of [options.html, options.json]) if (file) checkWritable(file);
  checkDistinct({ outputs: { "--html": options.html, "--json": options.json }, inputs: [options.variants] });
  programs.find(model, options);
  await withDevice(options.adapter, async (device) => {
    const { title, spec, feeds } = programs.find(model, options, variantsOf(options.variants, device));
    const program = await compile(device, { ...spec, store: createStore(device, { seed: 1 }) });
    const report = await profileReport(device, program, { title, feeds, runs: options.runs });
    console.log(profileText(report, options.top));
    if (options.json) writeFileAtomic(options.json, `${JSON.stringify(report, null, 2)}\n`);
    if (options.html) {
      writeFileAtomic(options.html, profilePage(report));
      console.log(`Timeline: ${options.html}`);
    }
  });
}

export function profileCommand(programs: Programs): Command {
  const command = new Command("profile")
    .description("time every kernel of a model: GFLOP/s, GB/s and share of the adapter's ceiling, as a table and as an HTML timeline")
    .argument("<model>", programs.argument);
  for (const option of programOptions()) command.addOption(option);
  return command
    .addOption(new Option("--runs <n>", "runs, of which the median counts").argParser(numberIn(whole(1, 1000))).default(5))
    .addOption(new Option("--top <n>", "kernels in the table").argParser(numberIn(whole(1, 100_000))).default(20))
    .option("--html <file>", "also write a timeline there: one page, no other files")
    .option("--json <file>", "also write all numbers there")
    .addOption(variantsOption())
    .addOption(adapterOption())
    .action((model, options) => profile(programs, model, options));
}
