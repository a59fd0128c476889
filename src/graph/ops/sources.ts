/** Ops without tensor inputs: what is fed, what is kept, what is known, and random numbers. */
import { sizeOf } from "../node.ts";
import { defineOp, type Generated, type Source } from "../op.ts";
import { normalOf, threefry2x32, uniformOf } from "../threefry.ts";
import { checkArity, checkAxis, checkDType, fail, shapeText } from "./common/checks.ts";
import { forEachIndex } from "./common/strides.ts";

/** Fed anew by each run, under its key. */
export const input: Source<"input"> = defineOp({
  name: "input",
  kind: "source",
  infer: (_, { shape, dtype }) => ({ shape, dtype }),
  reference: (_, { key }) => fail(`input "${key}" was not fed`),
  vjp: null,
  domain: [],
  tolerance: 0,
  keepsFinite: true,
});

/** Kept on the device under its path from run to run. Two nodes with one path are one variable. */
export const variable: Source<"variable"> = defineOp({
  name: "variable",
  kind: "source",
  infer: (_, { path, shape, dtype }) => (path === "" ? fail("a variable needs a path") : { shape, dtype }),
  reference: (_, { path }) => fail(`variable "${path}" has no value`),
  vjp: null,
  domain: [],
  tolerance: 0,
  keepsFinite: true,
});

export const constant: Source<"constant"> = defineOp({
  name: "constant",
  kind: "source",
  infer: (_, { shape, dtype, data }) => {
    if (data.length !== sizeOf(shape)) fail(`expected ${sizeOf(shape)} values for ${shapeText(shape)}, got ${data.length}`);
    if (dtype === "i32" && !data.every((value) => value === (value | 0))) fail("expected 32-bit integers");
    return { shape, dtype };
  },
  reference: (_, { data }) => Float64Array.from(data),
  vjp: null,
  domain: [],
  tolerance: 1e-7,
  keepsFinite: false,
});

/** Each element's index along `axis`. */
export const iota: Generated<"iota"> = defineOp({
  name: "iota",
  kind: "generated",
  infer: (_, { shape, axis, dtype }) => {
    checkAxis(shape, axis);
    return { shape, dtype };
  },
  reference: (_, { shape, axis }) => {
    const out = new Float64Array(sizeOf(shape));
    const along = shape.map((__, i) => (i === axis ? 1 : 0));
    forEachIndex(shape, along, 0, (i, at) => {
      out[i] = at;
    });
    return out;
  },
  vjp: null,
  domain: [],
  tolerance: 0,
  keepsFinite: true,
  cost: 0,
});

/** key [2] i32 (seed, step) -> numbers that depend on the key, the stream and the element's index, and on nothing else. */
export const random: Generated<"random"> = defineOp({
  name: "random",
  kind: "generated",
  infer: (inputs, { shape, stream }) => {
    checkArity(inputs, 1);
    checkDType(inputs[0], "i32", "key");
    if (inputs[0].shape.length !== 1 || inputs[0].shape[0] !== 2) fail(`expected a key of shape [2], got ${shapeText(inputs[0].shape)}`);
    if (stream !== stream >>> 0) fail(`expected a stream of 32 bits, got ${stream}`);
    return { shape, dtype: "f32" };
  },
  reference: ([key], { shape, distribution, stream }) => {
    const [seed, step] = key.data;
    return new Float64Array(sizeOf(shape)).map((_, i) => {
      const [word0, word1] = threefry2x32(seed, step, i, stream);
      return distribution === "uniform" ? uniformOf(word0) : normalOf(word0, word1);
    });
  },
  vjp: null,
  domain: [{ low: -(2 ** 31), high: 2 ** 31 - 1 }],
  tolerance: 4e-6,
  keepsFinite: true,
  cost: 60,
});
