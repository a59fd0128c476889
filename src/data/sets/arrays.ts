/** Data sets of the program's own arrays. */

import { naturalOrder } from "../text/natural.ts";
import type { FileTensor, TensorData, TensorDType } from "../tensors/tensor.ts";
import { fromTensors, type TensorOptions } from "./tensors.ts";
import type { DataSet } from "./types.ts";

/** Numbers in nested lists, all lists of one depth equally long. */
export type NestedNumbers = readonly number[] | readonly NestedNumbers[];

type NumberArray = Float32Array | Float64Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/**
 * The values of one field: [N] of numbers, [N] of class names, nested lists [N, ...], or a flat array with the shape of one sample. Typed
 * arrays of integers stay integers, lists of numbers become f32, and names become class numbers in natural order.
 */
export type ArrayField =
  | NumberArray
  | readonly string[]
  | NestedNumbers
  | { readonly data: NumberArray | readonly number[]; readonly shape: readonly number[] };

/** A data set of arrays by field: `fromArrays({ x: { data, shape: [4] }, y: ["cat", "dog", ...] })`. Lengths that do not fit: RangeError. */
export function fromArrays(arrays: Readonly<Record<string, ArrayField>>, options: TensorOptions = {}): DataSet {
  const classes: Record<string, readonly string[]> = { ...options.classes };
  const tensors = Object.entries(arrays).map(([name, values]): [string, FileTensor] => {
    if (!isNames(values)) return [name, tensorOf(name, values)];
    classes[name] ??= [...new Set(values)].sort(naturalOrder);
    const data = Int32Array.from(values, (value) => classes[name].indexOf(value));
    const unknown = data.indexOf(-1);
    if (unknown >= 0) throw new RangeError(`field ${name}: ${values[unknown]} is none of the classes ${classes[name].join(", ")}`);
    return [name, { dtype: "I32", shape: [data.length], data }];
  });
  const lengths = new Set(tensors.map(([, { shape }]) => shape[0]));
  if (lengths.size !== 1 || lengths.has(0)) {
    throw new RangeError(`fromArrays: fields of ${tensors.map(([name, { shape }]) => `${shape[0]} (${name})`).join(", ") || "no"} samples`);
  }
  return fromTensors(Object.fromEntries(tensors), { ...options, classes }, "arrays");
}

const isNames = (values: ArrayField): values is readonly string[] => Array.isArray(values) && typeof values[0] === "string";

function tensorOf(name: string, values: Exclude<ArrayField, readonly string[]>): FileTensor {
  if (Array.isArray(values)) {
    const shape = shapeOf(values as NestedNumbers);
    const flat = (values as unknown[]).flat(Number.POSITIVE_INFINITY) as number[];
    const regular = flat.length === shape.reduce((product, extent) => product * extent, 1) && isRegular(values as NestedNumbers, shape);
    if (!regular)
      throw new RangeError(`field ${name}: lists of different lengths; the first sample has the shape [${shape.slice(1).join(", ")}]`);
    return { dtype: "F32", shape, data: Float32Array.from(flat) };
  }
  const { data, shape } =
    "shape" in values
      ? (values as { data: NumberArray | readonly number[]; shape: readonly number[] })
      : { data: values as NumberArray, shape: [] };
  const length = shape.reduce((product, extent) => product * extent, 1);
  const size = data.length / length;
  if (!Number.isInteger(size)) throw new RangeError(`field ${name}: ${data.length} numbers are no multiple of [${shape.join(", ")}]`);
  const typed = ArrayBuffer.isView(data) ? (data as NumberArray) : Float32Array.from(data);
  return { dtype: dtypeOf(typed), shape: [size, ...shape], data: typed as TensorData };
}

function shapeOf(values: NestedNumbers): number[] {
  const [first] = values;
  return Array.isArray(first) ? [values.length, ...shapeOf(first as NestedNumbers)] : [values.length];
}

function isRegular(values: NestedNumbers, [extent, ...rest]: readonly number[]): boolean {
  if (values.length !== extent) return false;
  return rest.length === 0
    ? values.every((value) => typeof value === "number")
    : values.every((value) => Array.isArray(value) && isRegular(value as NestedNumbers, rest));
}

const DTYPES = new Map<string, TensorDType>([
  ["Float64Array", "F64"],
  ["Float32Array", "F32"],
  ["Int32Array", "I32"],
  ["Uint32Array", "U32"],
  ["Int16Array", "I16"],
  ["Uint16Array", "U16"],
  ["Int8Array", "I8"],
  ["Uint8Array", "U8"],
]);

function dtypeOf(data: NumberArray): TensorDType {
  const dtype = DTYPES.get(data[Symbol.toStringTag]);
  if (!dtype) throw new RangeError(`${data[Symbol.toStringTag]} cannot be a field of a data set`);
  return dtype;
}
