/** Shader templates: constants set, loops unrolled, register arrays turned into variables. Pure. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { specialise } from "../../../src/kernels/wgsl/unroll.ts";

const lines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

const TEMPLATE = `
// A comment that goes.
const TM = 2u;
const TM4: u32 = 1u;
const FLAG = true;

fn main() {
  var acc: array<array<f32, TM>, TM>; // registers
  for (var i = 0u; i < TM; i++) { // unroll
    for (var j = 0u; j < TM; j++) { // unroll
      acc[i][j] = f32(i * SIZE + j);
    }
  }
  for (var k = 0u; k < SIZE; k++) {
    total += 1.0;
  }
}
`;

test("constants are set, keep their type, and must exist", () => {
  const text = specialise(TEMPLATE, { TM: 1, FLAG: false }, {});
  assert.match(text, /^const TM = 1u;$/m);
  assert.match(text, /^const FLAG = false;$/m);
  assert.match(text, /^const TM4: u32 = 1u;$/m, "what is not given stays");
  assert.not.match(text, /comment that goes/);
  assert.throws(() => specialise(TEMPLATE, { TX: 1 }, {}), /no constant TX/);
});

test("a size that scales a loop becomes a word of the uniform", () => {
  const text = specialise(TEMPLATE, { TM: 1 }, { SIZE: "P.v[0].x" });
  assert.match(text, /k < P\.v\[0\]\.x; k\+\+/);
  assert.not.match(text, /SIZE/);
});

test("marked loops are unrolled, inner ones with them; others stay", () => {
  const text = specialise(TEMPLATE, { TM: 2 }, { SIZE: "P" });
  assert.equal(
    lines(text).filter((line) => line.startsWith("acc_")),
    ["acc_0_0 = f32(0u * P + 0u);", "acc_0_1 = f32(0u * P + 1u);", "acc_1_0 = f32(1u * P + 0u);", "acc_1_1 = f32(1u * P + 1u);"],
  );
  assert.match(text, /for \(var k = 0u;/);
});

test("a register array becomes one variable per element", () => {
  const text = specialise(TEMPLATE, { TM: 2 }, { SIZE: "P" });
  assert.equal(
    lines(text).filter((line) => line.startsWith("var acc_")),
    ["var acc_0_0 = f32();", "var acc_0_1 = f32();", "var acc_1_0 = f32();", "var acc_1_1 = f32();"],
  );
});

test("indices are computed: sums, products, quotients and remainders of constants", () => {
  const body = (index: string): string =>
    specialise(`const N = 3u;\nfn f() {\n  var t: array<vec4f, 16>; // registers\n  t[${index}] = x;\n}`, {}, {});
  assert.match(body("2u*N+1u"), /t_7 = x;/);
  assert.match(body("7u / 2u + 7u % 4u"), /t_6 = x;/);
  assert.match(body("N"), /t_3 = x;/);
  assert.throws(() => body("k"), /no constant of the template/);
});

test("a second index of a one-dimensional register array picks a vector's part", () => {
  const text = specialise("fn f() {\n  var t: array<vec4f, 2>; // registers\n  t[1][2] = 0.0;\n}", {}, {});
  assert.match(text, /t_1\[2u\] = 0\.0;/);
});

test("a loop from a constant to a constant, and one that is not closed", () => {
  const text = specialise("const A = 1u;\nconst B = 4u;\nfn f() {\n  for (var i = A; i < B; i++) { // unroll\n    g(i);\n  }\n}", {}, {});
  assert.equal(
    lines(text).filter((line) => line.startsWith("g(")),
    ["g(1u);", "g(2u);", "g(3u);"],
  );
  assert.throws(() => specialise("const B = 4u;\nfn f() {\n  for (var i = 0u; i < B; i++) { // unroll\n    g(i);\n", {}, {}), /not closed/);
});

test.run();
