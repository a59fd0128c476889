/** Data sets of whole tensors [N, ...]: arrays of the program, .npy and safetensors files, IDX files. */

import { UserError } from "../errors.ts";
import type { LabelledImages } from "../tensors/idx.ts";
import type { Tensors } from "../tensors/safetensors.ts";
import type { TensorSource } from "../tensors/source.ts";
import { asFloat32, asInt32, type FileTensor, type TensorDType } from "../tensors/tensor.ts";
import { type Column, fromColumns } from "./columns.ts";
import { pictureField, type PictureStatistics } from "./picture-field.ts";
import type { DataSet, Field, FieldArray } from "./types.ts";

export interface TensorOptions {
  /** Which fields are pictures: [N, C, H, W], or grey [N, H, W]. Bytes stand for 0..1, floating-point numbers lie there already. */
  readonly pictures?: Readonly<Record<string, PictureStatistics>>;
  /** The names of the classes that the numbers of a field stand for. */
  readonly classes?: Readonly<Record<string, readonly string[]>>;
}

type Entry = Pick<FileTensor, "shape" | "dtype">;

const FLOATS: readonly TensorDType[] = ["F64", "F32", "F16", "BF16"];

/**
 * A field for each tensor: sample i is [i, ...] of all of them. Floating-point numbers become f32, integers i32; [N] of integers are class numbers.
 * No tensors, or different N: UserError that names `where`.
 */
export function fromTensors(tensors: Tensors, options: TensorOptions = {}, where = "tensors"): DataSet {
  checkLengths(tensors, where);
  const columns = Object.entries(tensors).map(([name, tensor]) => {
    const at = `${where}: ${name}`;
    const field = fieldOf(name, tensor, options, at);
    const { dtype, data } = tensor;
    const length = lengthOf(field);
    // Bytes of pictures stay bytes: they are a quarter of what they become.
    const whole = field.picture && dtype === "U8" ? null : convert(tensor, field, at);
    const get = (i: number): FieldArray =>
      whole?.subarray(i * length, (i + 1) * length) ??
      convert({ dtype, shape: field.shape, data: data.subarray(i * length, (i + 1) * length) }, field, at);
    return [name, { field, size: tensor.shape[0], get, ...labelsOf(whole, field, at) }] as const;
  });
  return fromColumns(Object.fromEntries(columns), (i) => `${where}, sample ${i}`);
}

/** The same for a file that is larger than memory: samples are read when they are asked for, and only class numbers at once. */
export async function fromTensorSource(source: TensorSource, options: TensorOptions = {}): Promise<DataSet> {
  const { where, entries } = source;
  checkLengths(Object.fromEntries(entries), where);
  const columns = [...entries].map(async ([name, entry]): Promise<readonly [string, Column]> => {
    const at = `${where}: ${name}`;
    const field = fieldOf(name, entry, options, at);
    const length = lengthOf(field);
    const get = async (i: number): Promise<FieldArray> => convert(await source.read(name, i * length, length), field, at);
    const numbers = length === 1 ? convert(await source.read(name, 0, entry.shape[0]), field, at) : null;
    return [name, { field, size: entry.shape[0], get, ...labelsOf(numbers, field, at) }];
  });
  return fromColumns(Object.fromEntries(await Promise.all(columns)), (i) => `${where}, sample ${i}`);
}

/** MNIST and what comes in its files: the fields x (grey pictures [1, H, W]) and y (classes, named by their numbers unless told otherwise). */
export function fromImages(set: LabelledImages, options: PictureStatistics & { readonly classes?: readonly string[] } = {}): DataSet {
  const { images, labels, count, height, width } = set;
  const classes =
    options.classes ?? Array.from({ length: labels.reduce((most, label) => Math.max(most, label + 1), 0) }, (_, i) => String(i));
  const x: FileTensor = { dtype: "U8", shape: [count, height, width], data: images };
  const y: FileTensor = { dtype: "U8", shape: [count], data: labels };
  return fromTensors({ x, y }, { pictures: { x: options }, classes: { y: classes } }, "pictures");
}

function checkLengths(tensors: Readonly<Record<string, Entry>>, where: string): void {
  const named = Object.entries(tensors);
  const lengths = named.map(([name, { shape }]) => `${name} has ${shape.length === 0 ? "no axis" : shape[0]}`);
  if (named.length === 0) throw new UserError(`${where}: holds no tensors`);
  const [{ shape: first }] = Object.values(tensors);
  if (first.length === 0 || first[0] === 0 || named.some(([, { shape }]) => shape[0] !== first[0])) {
    throw new UserError(
      `${where}: the first axis counts the samples and must be one length of at least 1 everywhere: ${lengths.join(", ")}`,
    );
  }
}

function fieldOf(name: string, { shape, dtype }: Entry, { pictures = {}, classes = {} }: TensorOptions, at: string): Field {
  const float = FLOATS.includes(dtype);
  const own = shape.slice(1);
  if (Object.hasOwn(pictures, name)) {
    if (!(own.length === 2 || own.length === 3) || own.includes(0) || !(float || dtype === "U8"))
      throw new UserError(`${at}: pictures are U8 or floating-point [N, C, H, W] or [N, H, W], not ${dtype} [${shape.join(", ")}]`);
    return pictureField(own.length === 2 ? [1, ...own] : own, pictures[name]);
  }
  return { shape: own, dtype: float ? "f32" : "i32", ...(Object.hasOwn(classes, name) && { classes: classes[name] }) };
}

const lengthOf = ({ shape }: Field): number => shape.reduce((product, extent) => product * extent, 1);

function convert(tensor: FileTensor, field: Field, at: string): FieldArray {
  if (field.dtype === "i32") return asInt32(tensor, at);
  const values = asFloat32(tensor);
  return field.picture && tensor.dtype === "U8" ? values.map((x) => x / 255) : values;
}

/** Class numbers, where the field holds some. A number without a name: UserError. */
function labelsOf(values: FieldArray | null, { shape, dtype, classes }: Field, at: string): Pick<Column, "labels"> {
  if (dtype !== "i32" || shape.length > 0 || values === null) {
    if (classes) throw new UserError(`${at}: classes are integers [N]`);
    return {};
  }
  const bad = classes ? values.findIndex((label: number) => label < 0 || label >= classes.length) : -1;
  if (bad >= 0) throw new UserError(`${at}: sample ${bad} is of class ${values[bad]}; there are ${classes?.length} names`);
  return { labels: values };
}
