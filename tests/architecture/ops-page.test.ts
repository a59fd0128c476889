/** docs/ops.md says what the registry says. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OPS_PAGE, opsPage } from "../../scripts/ops-table.ts";

test("the page of ops is fresh (npm run ops)", () => {
  assert.is(readFileSync(OPS_PAGE, "utf8"), opsPage());
});

test.run();
