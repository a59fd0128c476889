/** How a command ends: the exit code, and what is printed on standard error. */

import { CommanderError } from "commander";
import { UserError } from "../../data/errors.ts";
import { ProgramError } from "../../kernels/index.ts";
import { DeviceError } from "../../runtime/index.ts";
import { Interrupted } from "../../training/errors.ts";
import { INTERRUPTED } from "../../training/node.ts";

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, " ").trim();

export interface Ending {
  readonly code: number;
  /** For standard error; "" if all has been said. */
  readonly message: string;
}

/** Bad input or no adapter: 2. Interrupted: 130. A device that failed: 1. All in one line; anything else is a mistake of ours: 1, with its stack. */
export function endingOf(error: unknown): Ending {
  if (error instanceof CommanderError) return { code: error.exitCode === 0 || error.code === "commander.help" ? 0 : 2, message: "" };
  if (error instanceof UserError) return { code: 2, message: oneLine(error.message) };
  if (error instanceof DeviceError)
    return { code: error.kind === "adapter" || error.kind === "option" ? 2 : 1, message: oneLine(error.message) };
  if (error instanceof ProgramError) return { code: 1, message: oneLine(error.message) };
  if (error instanceof Interrupted) return { code: INTERRUPTED, message: oneLine(error.message) };
  return { code: 1, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
