/** `intarsia tune`: measures the forms of kernels on this machine and keeps the fastest in a file. */
import { Command, Option } from "commander";
import { whole } from "../../data/settings/index.ts";
import { writeFileAtomic } from "../../data/node/index.ts";
import { type Measured, tuneProgram, variantsFor, withVariants } from "../../kernels/index.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import { describeDevice, withDevice } from "../shared/device.ts";
import { adapterOption } from "../shared/options.ts";
import { type ProgramOptions, programOptions, type Programs } from "./programs.ts";
import { numberIn } from "../shared/options.ts";
import { checkWritable } from "../shared/output.ts";
import { milliseconds } from "./profile-report.ts";
import { readVariants } from "../shared/variants-file.ts";

interface TuneOptions extends ProgramOptions {
  readonly out: string;
  readonly again?: boolean;
  readonly runs: number;
  readonly adapter?: AdapterKind;
}

/** "matmul 1 512x512x512 K 1: 8x8 3.20 ms instead of 16x8 4.10 ms" */
function line({ key, taken, rule, milliseconds: times }: Measured): string {
  const time = (form: string): string => `${form} ${milliseconds(times[form])} ms`;
  return `${key}: ${taken === rule ? `${time(rule)}, as by rule` : `${time(taken)} instead of ${time(rule)}`}`;
}

async function tune(programs: Programs, models: readonly string[], options: TuneOptions): Promise<void> {
  checkWritable(options.out);
  const names = models.length > 0 ? models : programs.steps;
  for (const name of names) programs.find(name, options);
  // A file that is no table is refused before anything is measured.
  let table = readVariants(options.out, { optional: true });
  await withDevice(options.adapter, async (device) => {
    console.log(`Tuning on ${describeDevice(device)}`);
    let known = options.again ? {} : (variantsFor(table, device) ?? {});
    for (const name of names) {
      const { title, spec } = programs.find(name, options);
      console.log(title);
      let [measured, gained] = [0, 0];
      known = await tuneProgram(device, spec, {
        ...{ known, runs: options.runs },
        onMeasured: (result) => {
          measured++;
          if (result.taken !== result.rule) gained++;
          console.log(`  ${line(result)}`);
        },
      });
      console.log(`  ${measured} measured, ${gained} differ from the rules`);
      table = withVariants(table, device, known);
      writeFileAtomic(options.out, `${JSON.stringify(table, null, 2)}\n`);
    }
  });
  console.log(`${options.out}: for --variants, or compile(device, { variants })`);
}

export function tuneCommand(programs: Programs): Command {
  const command = new Command("tune")
    .description("measure the forms of kernels on this machine; commands and compile read the file that it writes")
    .argument("[models...]", `${programs.argument} (default: ${programs.steps.join(", ")})`)
    .addOption(
      new Option("--out <file>", "where what was measured goes; what the file knows already stays").default("intarsia.variants.json"),
    );
  for (const option of programOptions()) if (option.long !== "--budget") command.addOption(option);
  return command
    .option("--again", "measure once more what the file knows")
    .addOption(new Option("--runs <n>", "measurements of each form").argParser(numberIn(whole(1, 1000))).default(5))
    .addOption(adapterOption())
    .action((models, options) => tune(programs, models, options));
}
