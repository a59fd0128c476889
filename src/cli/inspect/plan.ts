/** `intarsia plan`: what the compiler makes of a model, before anything is allocated. */
import { Command, Option } from "commander";
import { UserError } from "../../data/errors.ts";
import { writeFileAtomic } from "../../data/node/index.ts";
import { describeProgram, explainProgram, ProgramError } from "../../kernels/index.ts";
import { type AdapterKind, type Device, type DeviceTraits, GUARANTEED_LIMITS } from "../../runtime/index.ts";
import { describeDevice, withDevice } from "../shared/device.ts";
import { checkDistinct } from "../shared/distinct.ts";
import { adapterOption } from "../shared/options.ts";
import { type ProgramOptions, programOptions, type Programs } from "./programs.ts";
import { checkWritable } from "../shared/output.ts";
import { variantsOf, variantsOption } from "../shared/variants-file.ts";

interface PlanOptions extends ProgramOptions {
  readonly adapter?: AdapterKind;
  readonly assume?: "hardware" | "software";
  readonly variants?: string;
  readonly wgsl?: string;
  readonly json?: string;
}

type Planned = DeviceTraits & Pick<Device, "description">;

/** Any adapter of that sort, with what WebGPU guarantees. */
const assumed = (sort: "hardware" | "software"): Planned => ({
  limits: GUARANTEED_LIMITS,
  software: sort === "software",
  description: `any ${sort} adapter, with WebGPU's guaranteed limits`,
});

async function plan(programs: Programs, model: string, options: PlanOptions): Promise<void> {
  if (options.assume && options.adapter) throw new UserError("--assume and --adapter exclude each other");
  if (options.json) checkWritable(options.json);
  checkDistinct({ outputs: { "--json": options.json }, inputs: [options.variants] });
  // An unknown model is an error before an adapter is looked for.
  programs.find(model, options);
  if (options.assume) return printPlan(programs, model, assumed(options.assume), options);
  await withDevice(options.adapter, async (device) =>
    printPlan(programs, model, { ...device, description: describeDevice(device) }, options, device),
  );
}

function printPlan(
  programs: Programs,
  model: string,
  planned: Planned,
  options: PlanOptions,
  device: Pick<Device, "description"> = planned,
): void {
  const { spec } = programs.find(model, options, variantsOf(options.variants, device));
  try {
    console.log(`Planned for ${planned.description}\n${explainProgram(planned, spec, { wgsl: options.wgsl })}`);
    if (options.json)
      writeFileAtomic(options.json, `${JSON.stringify({ adapter: planned.description, ...describeProgram(planned, spec) }, null, 2)}\n`);
  } catch (error) {
    // A budget that cannot be met, a kernel that is not there: what was asked for, not what went wrong.
    throw error instanceof ProgramError ? new UserError(error.message) : error;
  }
}

export function planCommand(programs: Programs): Command {
  const command = new Command("plan")
    .description("say what a model is compiled to: kernels and why each ends where it does, work, bytes, lifetimes of buffers")
    .argument("<model>", programs.argument);
  for (const option of programOptions()) command.addOption(option);
  return command
    .option("--wgsl <kernel>", "also the text of a kernel: its number, or a part of its name")
    .option("--json <file>", "also write the plan there, as JSON")
    .addOption(variantsOption())
    .addOption(new Option("--assume <sort>", "ask no adapter: plan for any of this sort").choices(["hardware", "software"]))
    .addOption(adapterOption())
    .action((model, options) => plan(programs, model, options));
}
