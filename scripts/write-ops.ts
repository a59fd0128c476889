/** `npm run ops`: writes docs/ops.md. */
import { writeFileSync } from "node:fs";
import { OPS_PAGE, opsPage } from "./ops-table.ts";

writeFileSync(OPS_PAGE, opsPage());
console.log(`${OPS_PAGE}: written`);
