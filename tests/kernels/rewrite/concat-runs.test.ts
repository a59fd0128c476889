/** Concatenations that share parts: the shorter becomes a slice of the longer, where that can be. Pure. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, concat, evaluate, exp, input, mul, type Node, reshape, sub, type Tensor } from "../../../src/graph/index.ts";
import { shareRuns } from "../../../src/kernels/rewrite/concat-runs.ts";
import { topological } from "../../../src/kernels/common/order.ts";
import { integers } from "../../graph/values.ts";

const concats = (roots: readonly Node[]): number => topological(roots).filter(({ op }) => op === "concat").length;

/** The values of rewritten nodes, in the order of their graph: their ids no longer tell it. */
function valuesOf(roots: readonly Node[], feeds: ReadonlyMap<string, Tensor>): number[][] {
  const values = new Map<Node | string, Tensor>(feeds);
  for (const at of topological(roots)) values.set(at, evaluate([{ ...at, id: Number.MAX_SAFE_INTEGER }], values)[0]);
  return roots.map((root) => Array.from((values.get(root) as Tensor).data));
}

test("a run of another's parts is a slice of it, whatever its shape; the values stay", () => {
  const property = fc.property(
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 7 }),
    fc.nat(6),
    fc.nat(6),
    fc.boolean(),
    (rows, first, count, flat) => {
      const parts = rows.map((extent, i) => exp(input(`p${i}`, [extent, 2])));
      const from = first % (parts.length - 1);
      const run = parts.slice(from, from + 1 + (count % (parts.length - from)));
      const whole = concat(parts, 0);
      const short = flat
        ? concat(
            run.map((part) => reshape(part, [-1])),
            0,
          )
        : concat(run, 0);
      const roots = [add(whole, 1), mul(short, 2)];
      const shared = shareRuns(roots);
      assert.is(concats(shared), 1);
      const feeds = new Map(rows.map((extent, i) => [`p${i}`, integers([extent, 2], -2, 2, i)]));
      assert.equal(valuesOf(shared, feeds), valuesOf(roots, feeds));
    },
  );
  fc.assert(property, { numRuns: 80 });
});

test("parts in another order, with a gap, or beside a stranger stay a concatenation", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((key) => exp(input(key, [2, 2])));
  const whole = concat([a, b, c], 0);
  for (const other of [concat([b, a], 0), concat([a, c], 0), concat([c, d], 0), concat([a, a], 0)])
    assert.equal(shareRuns([whole, other]), [whole, other]);
  const aside = concat([a, b], 1);
  assert.equal(shareRuns([whole, aside]), [whole, aside], "along another axis");
  const half = concat([reshape(a, [4]), reshape(b, [4])], 0);
  const wide = concat([reshape(a, [1, 4]), reshape(sub(c, 1), [1, 4])], 0);
  assert.equal(shareRuns([half, wide]), [half, wide]);
});

test("a whole that is made from the shorter one stays as it is", () => {
  const [a, b] = ["a", "b"].map((key) => exp(input(key, [2, 2])));
  const short = concat([a, b], 0);
  const last = reshape(exp(short), [4, 2]);
  const whole = concat([a, b, last], 0);
  assert.equal(shareRuns([whole]), [whole]);
});

test.run();
