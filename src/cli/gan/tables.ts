/** The table of this study, on the digits of this machine. */
import { digitData } from "../../studies/gan/data.ts";
import { ganTable } from "../../studies/gan/tables/table-gan.ts";
import { digitSource, type TableMaker } from "../shared/tables.ts";

export const ganTables: TableMaker = ({ mnist }) => {
  const digits = digitSource(mnist);
  return [ganTable({ ...digits, load: async () => digitData(await digits.load()) })];
};
