/** .npy: round trips, and headers that lie. (Files from NumPy: golden.test.ts.) */

import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeNpy, encodeNpy } from "../../src/data/tensors/npy.ts";
import { tensorBytes, elementCount, itemBytes, type TensorDType, viewBytes } from "../../src/data/tensors/tensor.ts";
import { hex, refused } from "./helpers.ts";

test("what is written is read, from any alignment", () => {
  const tensor = fc
    .tuple(fc.constantFrom<TensorDType>("F32", "F64", "I32", "I64", "U8"), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }))
    .chain(([dtype, shape]) => {
      const length = (elementCount(shape) ?? 0) * itemBytes(dtype);
      return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ dtype, shape, data: viewBytes(bytes, dtype) }));
    });
  fc.assert(
    fc.property(tensor, fc.nat(8), (original, shift) => {
      const bytes = encodeNpy(original);
      assert.is((bytes.length - original.data.byteLength) % 64, 0);
      const shifted = shift % 2 === 0 ? new Uint8Array(bytes.length + shift) : Buffer.alloc(bytes.length + shift);
      shifted.set(bytes, shift);
      const again = decodeNpy(shifted.subarray(shift), "x");
      assert.equal([again.dtype, again.shape], [original.dtype, original.shape]);
      assert.is(hex(tensorBytes(again.data)), hex(tensorBytes(original.data)));
    }),
  );
});

/** A file of the given version, header text and number of data bytes. */
function file(header: string, dataBytes: number, major = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = major === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.from([0x93, ...new TextEncoder().encode("NUMPY"), major, 0, ...length, ...text, ...new Uint8Array(dataBytes)]);
}
const header = (descr: string, order: string, shape: string): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

test("versions 2 and 3, keys in another order", () => {
  for (const major of [1, 2, 3]) assert.equal(decodeNpy(file(header("'<f4'", "False", "(2, 3)"), 24, major), "x").shape, [2, 3]);
  assert.equal(decodeNpy(file("{'shape': (), 'fortran_order': True, 'descr': '|u1'}", 1), "x").shape, []);
});

test("what cannot be read is refused", () => {
  const no = (bytes: Uint8Array, message: RegExp): void => refused(() => decodeNpy(bytes, "f"), message);
  no(new Uint8Array(), /^f: not a .npy file/);
  no(file(header("'<f4'", "False", "(2,)"), 8, 9), /version 9.0 is not known/);
  no(file(header("'<c8'", "False", "(1,)"), 8), /elements of type "<c8"; f2, f4, f8, i1 to i8, u1 to u8 and b1 can be read/);
  no(file(header("'|O'", "False", "(2,)"), 8), /elements of type "\|O"/);
  no(file(header("'toString'", "False", "(2,)"), 8), /elements of type "toString"/);
  no(file(header("[('a', '<f4')]", "False", "(2,)"), 8), /elements of several fields/);
  no(file(header("'<f4'", "False", "(2, -3)"), 24), /impossible shape/);
  no(file(header("'<f4'", "False", "(2, , 3)"), 24), /header that cannot be read/);
  no(file(header("'<f4'", "False", "(99999999999999999999,)"), 8), /impossible shape/);
  no(file(header("'<f4'", "False", "(4294967296, 4294967296)"), 8), /impossible shape/);
  no(file(header("'<f4'", "False", "(3,)"), 11), /cut short: <f4 \(3\) needs 12 bytes of data, it has 11/);
  no(file(header("'<f4'", "False", "(3,)"), 13), /too long/);
  no(file(header("'<f4'", "False", "(3,)"), 0).subarray(0, 30), /cut short: its header needs/);
  assert.throws(() => encodeNpy({ dtype: "F16", shape: [1], data: new Uint16Array(1) }), /F16 elements cannot be written/);
});

test.run();
