/** A table of measured forms decides between kernels that compute the same; without one the rules do. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { conv2d, grad, input, matmul, type Node, square, sum } from "../../../src/graph/index.ts";
import { compile, type ProgramSpec, type Values } from "../../../src/kernels/index.ts";
import { prepare } from "../../../src/kernels/compile/prepare.ts";
import { sizeClass } from "../../../src/kernels/common/variants.ts";

const device = await openDevice();
const prepared = (spec: ProgramSpec) => prepare(spec, device);

async function resultOf(spec: ProgramSpec, inputs: readonly Node[]): Promise<{ y: Values; variants: Readonly<Record<string, string>> }> {
  const program = await compile(device, spec);
  const feeds = Object.fromEntries(
    inputs.map((node, k) => {
      const size = node.shape.reduce((a, b) => a * b, 1);
      return [node.name || (node.attrs as { key: string }).key, Float32Array.from({ length: size }, (_, i) => Math.sin(i * (k + 1.3)))];
    }),
  );
  const { y } = await program.call(feeds);
  const { variants } = program;
  program.dispose();
  return { y, variants };
}

const difference = (a: Values, b: Values): number => Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

test("classes of sizes grow by half or a third", () => {
  assert.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 17, 25, 400].map(sizeClass), [1, 2, 3, 4, 6, 6, 8, 8, 12, 16, 24, 32, 512]);
  for (let size = 1; size < 5000; size++) assert.ok(sizeClass(size) >= size && sizeClass(size) <= Math.max(1.5 * size, 1));
});

/** Programs with something to choose. */
const [a, b] = [input("a", [40, 70]), input("b", [70, 90])];
const [x, w] = [input("x", [1, 8, 12, 12]), input("w", [16, 8, 3, 3])];
const PROGRAMS: Readonly<Record<string, { readonly y: Node; readonly inputs: readonly Node[] }>> = {
  matmul: { y: matmul(a, b), inputs: [a, b] },
  conv2d: { y: conv2d(x, w, { padding: 1 }), inputs: [x, w] },
  conv2dWeightGrad: { y: grad(sum(square(conv2d(x, w, { padding: 1 }))), [w])[0], inputs: [x, w] },
};

for (const [name, { y, inputs }] of Object.entries(PROGRAMS))
  test(`${name}: each form is taken when the table says so, and computes the same`, async () => {
    const spec = { name, outputs: { y } };
    const plain = await resultOf(spec, inputs);
    const choice = [...prepared(spec).choices.values()].find(({ key }) => key.startsWith(`${name} `));
    assert.ok(choice && choice.forms.length > 1, `nothing to choose in ${name}`);
    const seen = new Set<string>();
    const forms = choice.forms.filter((_, i) => i < 2 || i === choice.forms.length - 1);
    for (const form of forms) {
      const variants = { [choice.key]: form };
      assert.is(prepared({ ...spec, variants }).choices.get(choice.key)?.taken, form);
      const tuned = await resultOf({ ...spec, variants }, inputs);
      seen.add(JSON.stringify(tuned.variants));
      assert.ok(difference(tuned.y, plain.y) < 2e-4, `${form}: ${difference(tuned.y, plain.y)}`);
      // The same table: the same kernels, the same bits.
      const again = await resultOf({ ...spec, variants }, inputs);
      assert.equal(again.variants, tuned.variants);
      assert.equal(again.y, tuned.y);
    }
    assert.is(seen.size, forms.length);
    assert.equal((await resultOf({ ...spec, variants: { [choice.key]: choice.forms[0] } }, inputs)).y, plain.y);
  });

test("what a table does not know, or what does not fit, is left to the rule", () => {
  const spec = { name: "matmul", outputs: { y: PROGRAMS.matmul.y } };
  const [choice] = prepared(spec).choices.values();
  for (const variants of [{}, { [choice.key]: "1x1 sideways" }, { nothing: "16x8" }, { [choice.key]: "toString" }])
    assert.equal(
      prepared({ ...spec, variants }).kernels.map(({ variant }) => variant),
      prepared(spec).kernels.map(({ variant }) => variant),
    );
});

test.after(() => device.close());
test.run();
