/**
 * NumPy's .npy files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): floats of 2, 4 and 8 bytes, integers of 1
 * to 8 and booleans, of either byte order, in C or Fortran order, with any header that NumPy itself reads.
 */

import { messageOf, quote, UserError } from "../errors.ts";
import { type Literal, parseLiteral } from "../text/literal.ts";
import {
  tensorBytes,
  checkTensor,
  elementCount,
  type FileTensor,
  itemBytes,
  type TensorData,
  type TensorDType,
  viewBytes,
} from "./tensor.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
/** Kind and bytes of an element, as NumPy writes them after the byte order. */
const KINDS: Readonly<Record<string, TensorDType>> = {
  ...{ f2: "F16", f4: "F32", f8: "F64", i1: "I8", i2: "I16", i4: "I32", i8: "I64", u1: "U8", u2: "U16", u4: "U32", u8: "U64", b1: "BOOL" },
  // The same by other names that np.dtype takes: single letters (of sizes that do not depend on the machine), and words.
  ...{ e: "F16", f: "F32", d: "F64", b: "I8", h: "I16", i: "I32", q: "I64", B: "U8", H: "U16", I: "U32", Q: "U64", "?": "BOOL" },
  ...{ float16: "F16", float32: "F32", float64: "F64", int8: "I8", int16: "I16", int32: "I32", int64: "I64" },
  ...{ uint8: "U8", uint16: "U16", uint32: "U32", uint64: "U64", bool: "BOOL" },
  ...{ half: "F16", single: "F32", double: "F64", float: "F64" },
};
const NAMES: Readonly<Partial<Record<TensorDType, string>>> = { F32: "<f4", F64: "<f8", I32: "<i4", I64: "<i8", U8: "|u1" };
const MAX_HEADER_BYTES = 65_535;

/** Where the header's text begins and ends. Version 1 gives its length in 2 bytes, versions 2 and 3 in 4. */
function headerRange(bytes: Uint8Array, where: string): { start: number; end: number; utf8: boolean } {
  if (bytes.length < 10 || !MAGIC.every((byte, i) => bytes[i] === byte)) throw new UserError(`${where}: not a .npy file`);
  const [major, minor] = [bytes[6], bytes[7]];
  if (major < 1 || major > 3 || minor !== 0) throw new UserError(`${where}: .npy version ${major}.${minor} is not known`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw new UserError(`${where}: cut short: ${bytes.length} bytes`);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) throw new UserError(`${where}: a header of ${length} bytes, more than the limit of ${MAX_HEADER_BYTES}`);
  if (start + length > bytes.length)
    throw new UserError(`${where}: cut short: its header needs ${start + length} bytes, it has ${bytes.length}`);
  return { start, end: start + length, utf8: major === 3 };
}

interface Header {
  readonly description: string;
  readonly fortran: boolean;
  readonly shape: number[];
}

/** A dictionary with exactly descr, fortran_order and shape, in any order; a key that is there twice counts as in Python: the last one. */
function parseHeader(text: string, where: string): Header {
  const refuse = (why: string): never => {
    throw new UserError(`${where}: a .npy header that cannot be read: ${quote(text.trim())}${why}`);
  };
  let literal: Literal;
  try {
    literal = parseLiteral(text);
  } catch (error) {
    return refuse(` (${messageOf(error)})`);
  }
  const facts = new Map(
    literal.kind === "dict" ? literal.entries.map(([key, value]) => [key.kind === "text" ? key.value : "", value]) : [],
  );
  const [descr, order, tuple] = ["descr", "fortran_order", "shape"].map((key) => facts.get(key));
  if (facts.size !== 3 || !descr || order?.kind !== "boolean" || tuple?.kind !== "tuple") return refuse("");
  if (descr.kind !== "text") throw new UserError(`${where}: elements of several fields (${quote(text.trim())}); save each field by itself`);
  const shape = tuple.items.map((item) => (item.kind === "number" ? item.value : Number.NaN));
  return { description: descr.value, fortran: order.value, shape };
}

/** "<f4" -> F32, and whether its bytes are to be turned round. "<" and "|" are as they lie, "=" is of the machine that wrote it: as ours. */
function elementOf(description: string, where: string): { readonly dtype: TensorDType; readonly turned: boolean } {
  const [, order, kind] = /^([<>=|]?)(.*)$/s.exec(description) ?? [];
  if (!Object.hasOwn(KINDS, kind))
    throw new UserError(`${where}: elements of type ${quote(description)}; f2, f4, f8, i1 to i8, u1 to u8 and b1 can be read`);
  return { dtype: KINDS[kind], turned: order === ">" && itemBytes(KINDS[kind]) > 1 };
}

/** A copy, the bytes of each element in reverse. */
function turnedBytes(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let at = 0; at < out.length; at += size) for (let i = 0; i < size; i += 1) out[at + i] = bytes[at + size - 1 - i];
  return out;
}

/** The first axis varies fastest in `data`, the last in the result. */
function fromFortran(data: TensorData, shape: readonly number[]): TensorData {
  const out = data.slice();
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, extent) => product * extent, 1));
  for (let at = 0, from = 0; at < out.length; at += 1) {
    out[at] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      index[axis] += 1;
      from += strides[axis];
      if (index[axis] < shape[axis]) break;
      from -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** Reads a .npy file. The data are a view of `bytes` where they lie there as they are. Not one, damaged, or another type: UserError. */
export function decodeNpy(bytes: Uint8Array, where: string): FileTensor {
  const { start, end, utf8 } = headerRange(bytes, where);
  const text = new TextDecoder(utf8 ? "utf-8" : "latin1").decode(bytes.subarray(start, end));
  const { description, fortran, shape } = parseHeader(text, where);
  const { dtype, turned } = elementOf(description, where);
  const count = elementCount(shape);
  if (count === null) throw new UserError(`${where}: the impossible shape (${shape.join(", ")})`);
  const needed = count * itemBytes(dtype);
  if (bytes.length - end !== needed) {
    const what = bytes.length - end < needed ? "cut short" : "too long";
    throw new UserError(
      `${where}: ${what}: ${description} (${shape.join(", ")}) needs ${needed} bytes of data, it has ${bytes.length - end}`,
    );
  }
  const raw = bytes.subarray(end);
  const data = viewBytes(turned ? turnedBytes(raw, itemBytes(dtype)) : raw, dtype);
  const transposed = fortran && shape.filter((extent) => extent > 1).length > 1;
  return { shape, dtype, data: transposed ? fromFortran(data, shape) : data };
}

/** Writes a .npy file (version 1.0), its data aligned to 64 bytes as NumPy writes it. Another element type: RangeError. */
export function encodeNpy(tensor: FileTensor): Uint8Array {
  checkTensor(".npy", tensor);
  const { shape, dtype, data } = tensor;
  const description = NAMES[dtype];
  if (description === undefined) throw new RangeError(`.npy: ${dtype} elements cannot be written; convert them first`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${description}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = Math.ceil((10 + text.length + 1) / 64) * 64;
  if (start - 10 > MAX_HEADER_BYTES) throw new RangeError(`.npy: ${shape.length} dimensions are too many`);
  const bytes = new Uint8Array(start + data.byteLength).fill(0x20, 0, start);
  bytes.set(MAGIC);
  bytes.set([1, 0, (start - 10) & 255, (start - 10) >> 8], 6);
  bytes.set(new TextEncoder().encode(text), 10);
  bytes[start - 1] = 0x0a;
  bytes.set(tensorBytes(data), start);
  return bytes;
}
