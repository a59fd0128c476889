/** `--variants FILE`: what `intarsia tune` measured. */
import * as fs from "node:fs";
import { Option } from "commander";
import { quote, UserError } from "../../data/errors.ts";
import { readFileBounded } from "../../data/node/index.ts";
import { emptyTable, ProgramError, type Variants, type VariantTable, variantsFor, variantTable } from "../../kernels/index.ts";
import type { Device } from "../../runtime/index.ts";

export const variantsOption = (): Option => new Option("--variants <file>", "kernels as `intarsia tune` measured them");

/** Far beyond what any tuning finds. */
const MAX_TABLE = 2 ** 26;

/** A file that is not there is an error, unless it is about to be written. */
export function readVariants(file: string, { optional = false }: { readonly optional?: boolean } = {}): VariantTable {
  if (optional && !fs.existsSync(file)) return emptyTable;
  if (!fs.existsSync(file)) throw new UserError(`cannot read ${file}: no such file; intarsia tune --out makes one`);
  const text = new TextDecoder().decode(readFileBounded(file, MAX_TABLE));
  try {
    return variantTable(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserError(`${file}: not JSON (${quote(error.message)})`);
    throw error instanceof ProgramError ? new UserError(`${file}: ${error.message}`) : error;
  }
}

/** The file's variants for this adapter. If it has none: undefined, with a line on standard error. */
export function variantsOf(file: string | undefined, device: Pick<Device, "description">): Variants | undefined {
  if (file === undefined) return undefined;
  const table = readVariants(file);
  const variants = variantsFor(table, device);
  if (variants) return variants;
  const measured = Object.keys(table.adapters).join("; ") || "no adapter";
  console.error(`intarsia: ${file} was measured on ${measured}, not on ${device.description}: the usual kernels are taken`);
  return undefined;
}
