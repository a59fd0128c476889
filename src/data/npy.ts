/** NumPy's .npy files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): f4, f8, i4, i8 and u1 in C order, little-endian. */

import { quote, UserError } from "./errors.ts";
import { bytesOf, checkTensor, elementCount, type FileTensor, itemBytes, type TensorDType, viewBytes } from "./tensor.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
const DESCRIPTIONS: Readonly<Record<string, TensorDType>> = {
  "<f4": "F32",
  "<f8": "F64",
  "<i4": "I32",
  "<i8": "I64",
  "|u1": "U8",
  "<u1": "U8",
};
const NAMES: Readonly<Partial<Record<TensorDType, string>>> = { F32: "<f4", F64: "<f8", I32: "<i4", I64: "<i8", U8: "|u1" };
const MAX_HEADER_BYTES = 65_535;

/** Where the header's text begins and ends. Version 1 gives its length in 2 bytes, versions 2 and 3 in 4. */
function headerRange(bytes: Uint8Array, where: string): { start: number; end: number } {
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
  return { start, end: start + length };
}

/** The three facts of the header: type, order, shape. */
function parseHeader(text: string, where: string): { description: string; fortran: boolean; shape: number[] } {
  const description = /'descr': *'([^']{1,16})'/.exec(text);
  const order = /'fortran_order': *(True|False)/.exec(text);
  const tuple = /'shape': *\(([\d, ]*)\)/.exec(text);
  if (description === null || order === null || tuple === null)
    throw new UserError(`${where}: a .npy header that cannot be read: ${quote(text.trim())}`);
  const extents = tuple[1].split(",").map((part) => part.trim());
  if (extents.at(-1) === "") extents.pop(); // (3,) and ()
  if (extents.some((part) => !/^\d+$/.test(part))) throw new UserError(`${where}: the impossible shape (${tuple[1]})`);
  return { description: description[1], fortran: order[1] === "True", shape: extents.map(Number) };
}

/** Reads a .npy file. The data are a view of `bytes` (a copy where the file is not aligned). Not one, damaged, or another type: UserError. */
export function decodeNpy(bytes: Uint8Array, where: string): FileTensor {
  const { start, end } = headerRange(bytes, where);
  const { description, fortran, shape } = parseHeader(new TextDecoder("latin1").decode(bytes.subarray(start, end)), where);
  const dtype = Object.hasOwn(DESCRIPTIONS, description) ? DESCRIPTIONS[description] : undefined;
  if (dtype === undefined) {
    throw new UserError(
      `${where}: elements of type ${quote(description)}; only ${Object.keys(DESCRIPTIONS).slice(0, 5).join(", ")} can be read`,
    );
  }
  const count = elementCount(shape);
  if (count === null) throw new UserError(`${where}: the impossible shape (${shape.join(", ")})`);
  if (fortran && shape.filter((extent) => extent > 1).length > 1)
    throw new UserError(`${where}: stored in Fortran order; save it with np.ascontiguousarray`);
  const needed = count * itemBytes(dtype);
  if (bytes.length - end !== needed) {
    const what = bytes.length - end < needed ? "cut short" : "too long";
    throw new UserError(
      `${where}: ${what}: ${description} (${shape.join(", ")}) needs ${needed} bytes of data, it has ${bytes.length - end}`,
    );
  }
  return { shape, dtype, data: viewBytes(bytes.subarray(end), dtype) };
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
  bytes.set(bytesOf(data), start);
  return bytes;
}
