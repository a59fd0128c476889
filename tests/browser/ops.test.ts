/** The same op suite as in Node, on the GPU of a browser. INTARSIA_SEED replaces the random seed. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OPS } from "../../src/graph/index.ts";
import { runInBrowser } from "./harness.ts";
import type { main } from "./pages/ops.ts";

const FIXED_SEED = 20_240_229;
const SEED = Number(process.env.INTARSIA_SEED ?? Math.floor(Math.random() * 2 ** 31));

for (const seed of [FIXED_SEED, SEED]) {
  test(`every op in a browser, INTARSIA_SEED=${seed}`, async () => {
    const args = { seed, runs: 2 };
    const result = (await runInBrowser("tests/browser/pages/ops.ts", { args, timeoutMs: 300_000 })) as Awaited<ReturnType<typeof main>>;
    const { description, ops, forward, first, second, failures } = result;
    console.log(
      `# browser (${description}): ${ops} ops, ${forward} forward cases, ${first} first and ${second} second derivatives, seed ${seed}`,
    );
    assert.equal(failures, []);
    assert.is(ops, Object.keys(OPS).length);
    assert.ok(forward >= 8 * ops && second > 50);
  });
}

test.run();
