/** Tensors as files hold them: a shape, an element type, and the elements in C order. */

import { UserError } from "../errors.ts";

/** Element types, by safetensors' names. F16 and BF16 elements are kept as their 16 bits. */
export interface TensorArrays {
  F64: Float64Array;
  F32: Float32Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  I64: BigInt64Array;
  I32: Int32Array;
  I16: Int16Array;
  I8: Int8Array;
  U64: BigUint64Array;
  U32: Uint32Array;
  U16: Uint16Array;
  U8: Uint8Array;
  /** One byte an element, 0 or 1. */
  BOOL: Uint8Array;
}

export type TensorDType = keyof TensorArrays;
export type TensorData = TensorArrays[TensorDType];

/** A tensor of a file. A 0-d tensor (`shape` is []) has one element. */
export interface FileTensor {
  readonly shape: readonly number[];
  readonly dtype: TensorDType;
  readonly data: TensorData;
}

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorData;
}

/** The typed array of each element type. Typed arrays and these formats are little-endian on every machine WebGPU runs on. */
const ARRAYS: Readonly<Record<TensorDType, ArrayType>> = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

/** Whether a text names an element type. */
export function isTensorDType(name: unknown): name is TensorDType {
  return typeof name === "string" && Object.hasOwn(ARRAYS, name);
}

/** Bytes of one element. */
export function itemBytes(dtype: TensorDType): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** Elements of a shape; null if an extent is not a count or the product is not exact in a double. */
export function elementCount(shape: readonly unknown[]): number | null {
  let count = 1;
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || (extent as number) < 0) return null;
    count *= extent as number;
  }
  // Extents that overflow are harmless only if another is 0: then there is nothing to address.
  return Number.isSafeInteger(count) ? count : shape.includes(0) ? 0 : null;
}

/** Bytes as elements of `dtype`: a view where the alignment allows it, else a copy. */
export function viewBytes(bytes: Uint8Array, dtype: TensorDType): TensorData {
  const size = itemBytes(dtype);
  const from = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes); // not slice(): Node's Buffer has it make a view
  return new ARRAYS[dtype](from.buffer, from.byteOffset, from.byteLength / size);
}

/** The bytes of a tensor's elements: a view. */
export function tensorBytes(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Checks a tensor that is about to be written; a mistake is the program's own: RangeError. */
export function checkTensor(name: string, { shape, dtype, data }: FileTensor): void {
  const count = elementCount(shape);
  if (!isTensorDType(dtype)) throw new RangeError(`tensor ${name}: unknown element type ${String(dtype)}`);
  if (count === null || count !== data.length) {
    throw new RangeError(`tensor ${name}: shape [${shape.join(", ")}] needs ${count} elements, got ${data.length}`);
  }
  if (!(data instanceof ARRAYS[dtype])) {
    throw new RangeError(`tensor ${name}: ${dtype} elements belong in a ${ARRAYS[dtype].name}, got ${data.constructor.name}`);
  }
}

/** A half-precision number (IEEE 754 binary16) from its 16 bits; exact. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** One element as a number. */
function reader({ dtype, data }: FileTensor): (i: number) => number {
  if (dtype === "F16") return (i) => halfToNumber(data[i] as number);
  if (dtype === "BOOL") return (i) => (data[i] === 0 ? 0 : 1);
  return (i) => Number(data[i]);
}

/** Any tensor as f32: exact for F32, F16, BF16 and small integers, else rounded to nearest. F32 data come back as they are, not copied. */
export function asFloat32(tensor: FileTensor): Float32Array {
  const { dtype, data } = tensor;
  if (data instanceof Float32Array) return data;
  const out = new Float32Array(data.length);
  // Plain loops: Float32Array.from would first make a list of all elements.
  if (dtype === "BF16") {
    const bits = new Uint32Array(out.buffer);
    for (let i = 0; i < bits.length; i += 1) bits[i] = (data[i] as number) << 16;
    return out;
  }
  const read = reader(tensor);
  for (let i = 0; i < out.length; i += 1) out[i] = read(i);
  return out;
}

/**
 * Any tensor as i32. A fraction, a NaN or a number outside -2^31..2^31-1: UserError. I32 data come back as they are, not copied.
 * @param where names the tensor in the message
 */
export function asInt32(tensor: FileTensor, where: string): Int32Array {
  const { dtype, data } = tensor;
  if (data instanceof Int32Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const bad = data.findIndex((x: bigint) => BigInt.asIntN(32, x) !== x);
    if (bad >= 0) throw new UserError(`${where}: element ${bad} is ${data[bad]}, which does not fit into 32 bits`);
    return Int32Array.from(data, Number);
  }
  const numbers = dtype === "F16" || dtype === "BF16" || dtype === "BOOL" ? asFloat32(tensor) : data;
  const bad = numbers.findIndex((x) => (x | 0) !== x);
  if (bad >= 0) throw new UserError(`${where}: element ${bad} is ${numbers[bad]}, not an integer of 32 bits`);
  return Int32Array.from(numbers);
}
