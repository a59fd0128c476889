/** The losses of GANs on scores whose answers are known by hand, and where a careless formula overflows. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluate, grad, input, type Node, sum } from "../../src/graph/index.ts";
import { type GanLoss, leastSquaresLoss, vanillaGanLoss, wassersteinLoss } from "../../src/models/index.ts";

const [real, fake] = [input("real", [3]), input("fake", [3])];
const values = (node: Node, feeds: Record<string, number[]>): number[] => [...evaluate([node], new Map(Object.entries(feeds)))[0].data];
const discriminator = (loss: GanLoss, yes: number[], no: number[]): number[] =>
  values(loss.discriminator(real, fake), { real: yes, fake: no });
const generator = (loss: GanLoss, no: number[]): number[] => values(loss.generator(fake), { fake: no });
const close = (got: readonly number[], want: readonly number[]): void =>
  got.forEach((value, i) => assert.ok(Math.abs(value - want[i]) <= 1e-12 * Math.max(1, Math.abs(want[i])), `${got} is not ${want}`));

test("least squares with the a, b and c that make it a Pearson divergence, and with the default ones", () => {
  const pearson = leastSquaresLoss({ a: -1, b: 1, c: 0 });
  close(discriminator(pearson, [1, 2, -3], [-1, 1, 0]), [0, 2.5, 8.5]);
  close(generator(pearson, [0, 2, -4]), [0, 2, 8]);
  const usual = leastSquaresLoss();
  close(discriminator(usual, [1, 0, 3], [0, 1, 2]), [0, 1, 4]);
  close(generator(usual, [1, 0, -1]), [0, 0.5, 2]);
  assert.throws(() => leastSquaresLoss({ c: Number.NaN }), /leastSquaresLoss/);
});

test("the vanilla losses, also at scores where D is 0 or 1 in f32", () => {
  const plain = vanillaGanLoss();
  close(discriminator(plain, [0, 100, -100], [0, -100, 100]), [2 * Math.LN2, 0, 200]);
  close(generator(plain, [0, 100, -100]), [Math.LN2, 0, 100]);
  const saturating = vanillaGanLoss({ saturating: true });
  close(generator(saturating, [0, 100, -100]), [-Math.LN2, -100, 0]);
  close(discriminator(saturating, [1, 2, 3], [3, 2, 1]), discriminator(plain, [1, 2, 3], [3, 2, 1]));
});

test("where the discriminator is sure, the saturating loss has no slope left, and the other has", () => {
  const slope = (loss: GanLoss): number => values(grad(sum(loss.generator(fake)), [fake])[0], { fake: [-20, -20, -20] })[0];
  assert.ok(Math.abs(slope(vanillaGanLoss({ saturating: true }))) < 1e-8);
  assert.ok(slope(vanillaGanLoss()) < -0.99);
});

test("Wasserstein: differences of scores", () => {
  assert.equal(discriminator(wassersteinLoss, [1, 2, 3], [4, 0, 3]), [3, -2, 0]);
  assert.equal(
    generator(wassersteinLoss, [4, 0, -3]).map((value) => value + 0),
    [-4, 0, 3],
  );
});

test("scores that are no list of numbers are refused", () => {
  const image = input("image", [3, 1]);
  for (const loss of [vanillaGanLoss(), wassersteinLoss, leastSquaresLoss()])
    assert.throws(() => loss.generator(image), "expected scores of f32 [N], got f32 [3, 1]");
});

test.run();
