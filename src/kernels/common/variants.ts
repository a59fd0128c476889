/**
 * Kernels that compute the same in different forms: which one is taken. The rule of each lowering puts its own choice first; a table of
 * measured ones (tune.ts) comes before the rule. The same table gives the same kernels, and with them the same bits.
 */
import type { Node } from "../../graph/node.ts";
import { ProgramError } from "./errors.ts";

/** Structure (op and class of shapes, as `Choice.key`) -> form. What a table does not know, or what does not fit, is left to the rule. */
export type Variants = Readonly<Record<string, string>>;

/** A place where there was something to choose. */
export interface Choice {
  readonly key: string;
  /** The first node of this structure. */
  readonly node: Node;
  /** Names, the rule's own first. */
  readonly forms: readonly string[];
  readonly taken: string;
}

/** Gives the form that the table names, or the first one. */
export type Choose = <T>(key: string, node: Node, forms: Readonly<Record<string, T>>) => T;

export function createChooser(variants: Variants = {}): { readonly choose: Choose; readonly choices: ReadonlyMap<string, Choice> } {
  const choices = new Map<string, Choice>();
  const choose: Choose = (key, node, forms) => {
    const names = Object.keys(forms);
    const wanted = Object.hasOwn(variants, key) ? variants[key] : names[0];
    const taken = names.includes(wanted) ? wanted : names[0];
    if (!choices.has(key)) choices.set(key, { key, node, forms: names, taken });
    return forms[taken];
  };
  return { choose, choices };
}

/** No table. */
export const byRule: Choose = (_key, _node, forms) => forms[Object.keys(forms)[0]];

/** Sizes that behave alike, rounded up to two leading bits (1, 2, 3, 4, 6, 8, 12, 16, 24, ...): one table serves bags of many lengths. */
export function sizeClass(size: number): number {
  const half = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, size))) - 1);
  return Math.ceil(size / half) * half;
}

/** A file of measured variants: for each adapter, by its description, what was measured there. It can be shipped, and read in a browser. */
export interface VariantTable {
  readonly format: typeof FORMAT;
  readonly version: 1;
  readonly adapters: Readonly<Record<string, Variants>>;
}

const FORMAT = "intarsia variants";

export const emptyTable: VariantTable = { format: FORMAT, version: 1, adapters: {} };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Checks what a JSON file gave. Throws a ProgramError that says what is wrong with it. */
export function variantTable(value: unknown): VariantTable {
  const fail = (what: string): never => {
    throw new ProgramError(`not a table of variants: ${what}`);
  };
  if (!isRecord(value) || value.format !== FORMAT) return fail(`its "format" is not "${FORMAT}"`);
  if (value.version !== 1) return fail(`version ${JSON.stringify(value.version)} is unknown, this intarsia reads version 1`);
  if (!isRecord(value.adapters)) return fail('"adapters" is missing');
  for (const [adapter, variants] of Object.entries(value.adapters)) {
    if (!isRecord(variants)) return fail(`"${adapter}" holds no variants`);
    for (const [key, form] of Object.entries(variants)) if (typeof form !== "string") return fail(`"${key}" of "${adapter}" is no name`);
  }
  return value as unknown as VariantTable;
}

/** What was measured on an adapter, for `compile`; null: nothing was. */
export const variantsFor = ({ adapters }: VariantTable, { description }: { readonly description: string }): Variants | null =>
  Object.hasOwn(adapters, description) ? adapters[description] : null;

/** The table with an adapter's part added, or changed where both say something. */
export const withVariants = (table: VariantTable, { description }: { readonly description: string }, variants: Variants): VariantTable => ({
  ...table,
  adapters: { ...table.adapters, [description]: { ...variantsFor(table, { description }), ...variants } },
});
