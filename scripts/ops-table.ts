/** The registry of ops as a page: docs/ops.md. `npm run ops` writes it; a test holds it fresh. */
import { OPS, type OpDef, type OpName } from "../src/graph/index.ts";

export const OPS_PAGE = "docs/ops.md";

const HEAD = `# The ops

Made from the registry (\`src/graph/ops/\`) by \`npm run ops\`. These are the primitives: their inputs have equal shapes and dtypes. The functions of
\`intarsia/graph\` broadcast as NumPy does, take numbers for tensors, and compose the rest (mean, softmax, norms, pooling, resize, transposed
convolution). Every op is defined by an f64 reference in its own literal; the tolerance is what a device is held to,
relative to the largest of 1, the value, and the sum of the summands' sizes. "kink" marks points without a derivative.

| op | inputs lie in | tolerance | gradient | in other kernels |
|---|---|---|---|---|
`;

export function opsPage(): string {
  return HEAD + (Object.keys(OPS) as OpName[]).map((name) => row(OPS[name] as unknown as OpDef<OpName>)).join("");
}

function row({ name, domain, tolerance, vjp, wgsl }: OpDef<OpName>): string {
  const ranges = domain.map(({ low, high, kinks }) => `${low} … ${high}${kinks?.length ? `, kink at ${kinks.join(", ")}` : ""}`);
  return `| \`${name}\` | ${ranges.join("; ") || "none"} | ${tolerance === 0 ? "exact" : tolerance} | ${vjp ? "yes" : "no"} | ${wgsl ? "elementwise" : ""} |\n`;
}
