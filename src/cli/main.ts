/** The `intarsia` command. */

import { Command, Option } from "commander";
import { UserError } from "../data/errors.ts";
import { ADAPTER_KINDS, wrapDawn } from "../runtime/node.ts";
import { dataCommand } from "./data/command.ts";
import { explainCommand } from "./explain/command.ts";
import { ganCommand } from "./gan/command.ts";
import { ganTables } from "./gan/tables.ts";
import { doctor } from "./inspect/doctor.ts";
import { planCommand } from "./inspect/plan.ts";
import { profileCommand } from "./inspect/profile.ts";
import { createPrograms } from "./inspect/programs.ts";
import { tuneCommand } from "./inspect/tune.ts";
import { localizeCommand } from "./localize/command.ts";
import { milCommand } from "./mil/command.ts";
import { startCommand } from "./mil/start.ts";
import { milStep } from "./mil/step.ts";
import { featuresCommand } from "./networks/features.ts";
import { milTables } from "./mil/tables.ts";
import { modelsCommand } from "./networks/models.ts";
import { runCommand } from "./networks/run.ts";
import { reproduceCommand } from "./reproduce/command.ts";
import { endingOf } from "./shared/errors.ts";
import { PACKAGE } from "./shared/package.ts";
import { withoutRemarks } from "./shared/remarks.ts";
import { keepGoing } from "./shared/streams.ts";

function doctorCommand(): Command {
  return new Command("doctor")
    .description("say which WebGPU adapter was found, what it can do and how fast it is")
    .option("--json", "print JSON instead of text")
    .addOption(new Option("--adapter <kind>", "look only for this kind of adapter").choices(ADAPTER_KINDS))
    .action(async (options) => {
      process.exitCode = await doctor(options);
    });
}

/** Commander's own errors are one line on standard error; help, also where a command is missing, goes to standard output. */
function configure(command: Command): Command {
  command.exitOverride().configureOutput({
    writeErr: (text) => process.stdout.write(text),
    outputError: (text) =>
      process.stderr.write(
        `intarsia: ${text
          .replace(/^error: /, "")
          .replaceAll(/\s*\n\s*/g, " ")
          .trim()}\n`,
      ),
  });
  for (const child of command.commands) configure(child);
  return command;
}

/** `--json "$FILE"` where the variable is not set: a file without a name would be passed over in silence. */
function refuseEmpty(command: Command): void {
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    const empty = Array.isArray(value) ? value.includes("") : value === "";
    if (empty && /<(file|dir)/.test(option.flags)) throw new UserError(`${option.long}: the name is empty`);
  }
}

function createProgram(): Command {
  const programs = createPrograms({ mil: milStep });
  const program = new Command("intarsia").description(PACKAGE.description).version(PACKAGE.version);
  program
    .addCommand(startCommand())
    .addCommand(explainCommand())
    .addCommand(runCommand())
    .addCommand(featuresCommand())
    .addCommand(modelsCommand())
    .addCommand(dataCommand())
    .addCommand(milCommand())
    .addCommand(ganCommand())
    .addCommand(localizeCommand())
    .addCommand(reproduceCommand([milTables, ganTables]))
    .addCommand(planCommand(programs))
    .addCommand(profileCommand(programs))
    .addCommand(tuneCommand(programs))
    .addCommand(doctorCommand());
  program.hook("preAction", (_, command) => refuseEmpty(command));
  return configure(program);
}

/** Runs the command line; resolves to nothing and leaves the exit code in the process. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...args], { from: "user" });
  } catch (error) {
    const { code, message } = endingOf(error);
    if (message) console.error(`intarsia: ${message}`);
    process.exitCode = code;
  }
}

keepGoing();
wrapDawn(withoutRemarks);
await main(process.argv.slice(2));
