/** The tables of this study, on the digits of this machine. */
import { table71 } from "../../studies/mil/tables/table-7-1.ts";
import { digitSource, type TableMaker } from "../shared/tables.ts";

export const milTables: TableMaker = ({ mnist }) => [table71(digitSource(mnist))];
