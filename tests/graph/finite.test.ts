/** `keepsFinite` of every op: of finite f32 numbers of all sizes it makes finite ones, or it does not. Pure. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluate, OPS, type OpName } from "../../src/graph/index.ts";
import { arbitraries } from "./arbitraries.ts";
import { generator } from "./values.ts";

const MOST = 2 ** 128 - 2 ** 104;
const EXTREMES = [MOST, MOST, -MOST, 1, -1, 0, 2 ** -149, 1e20, -1e20];
/** Their attributes decide: a number that is not finite is written where nothing is read. */
const BY_ATTRIBUTE: readonly OpName[] = ["constant", "pad"];

for (const op of Object.keys(OPS) as OpName[]) {
  if (BY_ATTRIBUTE.includes(op)) continue;
  const { keepsFinite } = OPS[op];
  test(`${op} ${keepsFinite ? "keeps" : "does not keep"} finite numbers finite`, () => {
    const random = generator(1);
    let infinite = 0;
    for (const { node, feeds } of fc.sample(arbitraries("near")[op], { seed: 1, numRuns: 200 })) {
      if (node.dtype !== "f32") continue;
      const extreme = (): number => EXTREMES[Math.floor(random() * EXTREMES.length)];
      const large = new Map([...feeds].map(([key, x]) => [key, x.dtype === "f32" ? { ...x, data: x.data.map(extreme) } : x]));
      const [{ data }] = evaluate([node], large);
      infinite += data.filter((value) => !Number.isFinite(Math.fround(value))).length;
    }
    assert.is(infinite === 0, keepsFinite);
  });
}

test.run();
