/** The registry of ops as a page: docs/ops.md. `npm run ops` writes it; a test holds it fresh. */
import { OPS, type OpDef, type OpName } from "../src/graph/index.ts";
import { SPECIAL, type Special } from "../src/graph/ops/special.ts";

export const OPS_PAGE = "docs/ops.md";

const HEAD = `# The ops

Made from the registry (\`src/graph/ops/\`) by \`npm run ops\`. These are the primitives. Calls of elementwise ops broadcast as NumPy does and take
numbers for tensors; the functions of \`intarsia/graph\` compose the rest (mean, softmax, norms, pooling, resize, transposed convolution). Every op is
one literal, which defines it by an f64 reference and states all of its facts; \`src/graph/op.ts\` says what they mean:

- kind: a **source** is memory already, a **heavy** op has a kernel of its own, and **layout** is where its inputs are stored. All others are computed
  inside the kernel that uses them: **generated** ones from the element's index, **elementwise** ones from the elements at the same place, a **movement**
  from an element at another place, a **lookup** where an index points.
- tolerance: what a device is held to, relative to the largest of 1, the value, and the sum of the summands' sizes. "kink" marks points without a
  derivative.
- work: for one element, in additions, of an op that is computed inside other kernels. Of a heavy op: whether its kernel computes elementwise ops before
  itself (prologue) and after itself (epilogue).
- finite: whether every finite input gives a finite value.

| op | kind | inputs lie in | tolerance | gradient | work | finite |
|---|---|---|---|---|---|---|
`;

const SPECIAL_HEAD = `
## Special values

They are PyTorch's and IEEE 754's (\`src/graph/ops/special.ts\`), held on the reference and on devices by \`npm test -- special\`; y′ is the slope by each f32 input
where dy = 1. Fed inputs have to be finite; variables and what is computed may be anything. "through": what is computed from a NaN is NaN. "moved": a NaN
is handed on. "answered": the result is an integer. Where intarsia differs from PyTorch: sign(NaN) is NaN and not 0 (hence also the slope of abs), the
slope of sqrt at 0 is 0 and not ∞, and x^0.5 is IEEE 754's at −∞. The slope of relu at NaN is 1 without a max, 0 with one (as of relu and relu6 there).

- Infinities are values: −∞ is the maximum of nothing but −∞. Integers wrap to 32 bits.
- A device may take subnormal numbers (below 1.2e-38) for 0, and may give 0 for them; the logarithm and powers of one that is given are exact. Constants
  that are subnormal count as 0.
- The sign of a zero is not promised, but by pow, whose odd powers keep it.
- A sum whose finite summands' sizes add up to 2^128 or more may be infinite or not, by the order in which it is added up. How far NaN reaches in
  convolutions: compiler.md.
- Drivers simplify what cancels in one expression: 2x − 2x, or x y / y, may be 0, or x, where x, or y, is NaN.
- A known whole exponent up to 3, or −1, is a product, as exact as products are. Other powers are held to 5e-7 for exponents of any size, sin and cos to
  5e-7 for angles of any size, and to that of their own value next to their zeros.

| op | NaN | f32 | i32 |
|---|---|---|---|
`;

const NAMES = Object.keys(OPS) as OpName[];

export function opsPage(): string {
  return HEAD + NAMES.map((name) => row(OPS[name] as unknown as OpDef<OpName>)).join("") + SPECIAL_HEAD + NAMES.map(specialRow).join("");
}

function specialRow(name: OpName): string {
  const { nan, attrs = {}, f32 = [], i32 = [] } = SPECIAL[name];
  const settings = Object.entries(attrs).map(([key, value]) => `${key}: ${Array.isArray(value) ? `[${value.join()}]` : value}`);
  const texts = [f32, i32].map((list) => list.map(pointText).join("; "));
  return `| \`${name}\`${settings.length > 0 ? ` {${settings.join()}}` : ""} | ${nan} | ${texts[0]} | ${texts[1]} |\n`;
}

const pointText = ([at, y, slopes]: Special): string =>
  `(${at.map(numberText).join(", ")}) → ${numberText(y)}${slopes ? `, y′ ${slopes.map(numberText).join(", ")}` : ""}`;

const NUMBERS: ReadonlyMap<number, string> = new Map([
  [Number.POSITIVE_INFINITY, "∞"],
  [Number.NEGATIVE_INFINITY, "−∞"],
  [-(2 ** 31), "−2³¹"],
  [2 ** 31 - 1, "2³¹ − 1"],
]);

const numberText = (value: number): string => (Object.is(value, -0) ? "−0" : (NUMBERS.get(value) ?? String(value).replace("-", "−")));

function row({ name, kind, domain, tolerance, vjp, keepsFinite, cost, prologue, epilogue }: OpDef<OpName>): string {
  const ranges = domain.map(({ low, high, kinks }) => `${low} … ${high}${kinks?.length ? `, kink at ${kinks.join(", ")}` : ""}`);
  const work = cost ?? [prologue && "prologue", epilogue && "epilogue"].filter(Boolean).join(", ");
  const cells = [kind, ranges.join("; ") || "none", tolerance || "exact", vjp ? "yes" : "no", work, keepsFinite ? "yes" : "no"];
  return `| \`${name}\` | ${cells.join(" | ")} |\n`;
}
