/** Ops without tensor inputs: what is fed, what is kept, what is known, and random numbers. */
import { defineOp, sizeOf, type OpBuilder } from "../node.ts";
import { normalOf, threefry2x32, uniformOf } from "../threefry.ts";
import { checkArity, checkAxis, checkDType, fail, shapeText } from "./common.ts";
import { forEachIndex } from "./strides.ts";

/** Fed anew by each run, under its key. */
export const input: OpBuilder<"input"> = defineOp({
  name: "input",
  infer: (_, { shape, dtype }) => ({ shape, dtype }),
  reference: (_, { key }) => fail(`input "${key}" was not fed`),
  vjp: null,
  domain: [],
  tolerance: 0,
});

/** Kept on the device under its path from run to run. Two nodes with one path are one variable. */
export const variable: OpBuilder<"variable"> = defineOp({
  name: "variable",
  infer: (_, { path, shape, dtype }) => (path === "" ? fail("a variable needs a path") : { shape, dtype }),
  reference: (_, { path }) => fail(`variable "${path}" has no value`),
  vjp: null,
  domain: [],
  tolerance: 0,
});

export const constant: OpBuilder<"constant"> = defineOp({
  name: "constant",
  infer: (_, { shape, dtype, data }) => {
    if (data.length !== sizeOf(shape)) fail(`expected ${sizeOf(shape)} values for ${shapeText(shape)}, got ${data.length}`);
    if (dtype === "i32" && !data.every((value) => value === (value | 0))) fail("expected 32-bit integers");
    return { shape, dtype };
  },
  reference: (_, { data }) => Float64Array.from(data),
  vjp: null,
  domain: [],
  tolerance: 1e-7,
});

/** Each element's index along `axis`. */
export const iota: OpBuilder<"iota"> = defineOp({
  name: "iota",
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
});

/** key [2] i32 (seed, step) -> numbers that depend on the key, the stream and the element's index, and on nothing else. */
export const random: OpBuilder<"random"> = defineOp({
  name: "random",
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
});
