/** Tuning measures every form of what a program has a choice of, and what comes out is a table that `compile` follows. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { input, matmul, relu } from "../../../src/graph/index.ts";
import {
  compile,
  emptyTable,
  type Measured,
  ProgramError,
  tuneProgram,
  variantsFor,
  variantTable,
  withVariants,
} from "../../../src/kernels/index.ts";
import { bestOf } from "../../../src/kernels/run/tune.ts";

const device = await openDevice();

test("a form other than the rule's has to gain more than noise", () => {
  const forms = ["16x8", "8x8", "8x4"];
  assert.is(bestOf(forms, { "16x8": 10, "8x8": 9.8, "8x4": 12 }), "16x8");
  assert.is(bestOf(forms, { "16x8": 10, "8x8": 9, "8x4": 8 }), "8x4");
  assert.is(bestOf(forms, { "16x8": 10, "8x8": 11, "8x4": 12 }), "16x8");
});

test("each choice is measured once, what is known stays, and the program follows the table", async () => {
  const [a, b] = [input("a", [12, 20]), input("b", [20, 9])];
  const spec = { name: "tuned", outputs: { y: relu(matmul(a, b)) } };
  const measured: Measured[] = [];
  const variants = await tuneProgram(device, spec, { runs: 1, onMeasured: (result) => measured.push(result) });
  assert.is(measured.length, 1);
  const [{ key, taken, rule, milliseconds }] = measured;
  assert.equal(variants, { [key]: taken });
  assert.ok(Object.keys(milliseconds).length > 1 && Object.values(milliseconds).every((time) => time >= 0 && Number.isFinite(time)));
  const other = Object.keys(milliseconds).find((form) => form !== rule) as string;
  const again = await tuneProgram(device, spec, { known: { [key]: other }, runs: 1, onMeasured: () => assert.unreachable() });
  assert.equal(again, { [key]: other });
  const program = await compile(device, { ...spec, variants: again });
  assert.is(program.plan().choices.find((choice) => choice.key === key)?.taken, other);
  assert.not.equal(program.variants, (await compile(device, spec)).variants);
  program.dispose();
});

test("a table holds the adapters apart, and says what is wrong with it", () => {
  const [one, two] = [{ description: "one" }, { description: "two" }];
  const table = withVariants(withVariants(emptyTable, one, { a: "x" }), one, { b: "y" });
  assert.equal(variantsFor(table, one), { a: "x", b: "y" });
  assert.is(variantsFor(table, two), null);
  assert.is(variantsFor(table, { description: "toString" }), null);
  assert.equal(variantsFor(withVariants(table, two, { a: "z" }), one), { a: "x", b: "y" });
  assert.equal(variantTable(JSON.parse(JSON.stringify(table))), table);
  const wrong: [unknown, RegExp][] = [
    [null, /its "format" is not/],
    [[], /its "format" is not/],
    [{ format: "intarsia variants", version: 2 }, /version 2 is unknown/],
    [{ format: "intarsia variants", version: 1 }, /"adapters" is missing/],
    [{ format: "intarsia variants", version: 1, adapters: { one: 3 } }, /"one" holds no variants/],
    [{ format: "intarsia variants", version: 1, adapters: { one: { a: 3 } } }, /"a" of "one" is no name/],
  ];
  for (const [value, message] of wrong)
    assert.throws(
      () => variantTable(value),
      (error: unknown) => error instanceof ProgramError && message.test(error.message),
    );
});

test.after(() => device.close());
test.run();
