/**
 * The weights of TensorFlow.js: a manifest in JSON (a `*-weights_manifest.json`, or the `weightsManifest` of a model.json) names tensors and
 * the files (shards) whose bytes, one file after the other, are their elements. A tensor may be quantised to uint8 or uint16
 * (value = stored * scale + min) or to float16 (https://github.com/tensorflow/tfjs, tfjs-core/src/io/io_utils.ts).
 * As in safetensors.ts, everything is checked first and nothing is allocated by a number that the manifest states.
 */

import { messageOf, quote, UserError } from "../errors.ts";
import type { Tensors } from "./safetensors.ts";
import { asFloat32, elementCount, type FileTensor, itemBytes, type TensorDType, viewBytes } from "./tensor.ts";

export interface ManifestTensor {
  readonly name: string;
  /** After decoding. */
  readonly dtype: "F32" | "I32" | "BOOL";
  /** In the file. */
  readonly stored: TensorDType;
  readonly shape: readonly number[];
  /** value = stored * scale + min; null where nothing is to be computed. */
  readonly quantization: { readonly scale: number; readonly min: number } | null;
  /** Bytes of the group's files, one after the other. */
  readonly begin: number;
  readonly end: number;
}

/** Files that belong together, and what lies in them. */
export interface ManifestGroup {
  /** Relative to the manifest. */
  readonly paths: readonly string[];
  readonly tensors: readonly ManifestTensor[];
  /** What the files must hold together. */
  readonly bytes: number;
}

const DTYPES = { float32: "F32", int32: "I32", bool: "BOOL" } as const;
const STORED: Readonly<Record<string, TensorDType>> = { uint8: "U8", uint16: "U16", float16: "F16" };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => quote(JSON.stringify(value) ?? "nothing");

function parseQuantization(value: unknown, dtype: string, at: string): Pick<ManifestTensor, "stored" | "quantization"> {
  if (!isObject(value)) throw new UserError(`${at}: its quantization is ${textOf(value)}, not an object`);
  const stored = typeof value.dtype === "string" && Object.hasOwn(STORED, value.dtype) ? STORED[value.dtype] : undefined;
  if (stored === undefined) throw new UserError(`${at} is quantised to ${textOf(value.dtype)}; uint8, uint16 and float16 can be read`);
  if (dtype === "bool" || (stored === "F16" && dtype !== "float32"))
    throw new UserError(`${at}: ${dtype} cannot be quantised to ${textOf(value.dtype)}`);
  if (stored === "F16") return { stored, quantization: null };
  const { scale, min } = value;
  const finite = (x: unknown): x is number => typeof x === "number" && Number.isFinite(Math.fround(x));
  if (!finite(scale) || !finite(min)) throw new UserError(`${at}: quantised with scale ${textOf(scale)} and min ${textOf(min)}`);
  return { stored, quantization: { scale, min } };
}

function parseTensor(value: unknown, begin: number, where: string): ManifestTensor {
  if (!isObject(value) || typeof value.name !== "string") throw new UserError(`${where}: a weight without a name: ${textOf(value)}`);
  const { name, dtype, shape, quantization } = value;
  const at = `${where}: weight ${quote(name)}`;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPES, dtype))
    throw new UserError(`${at} has the element type ${textOf(dtype)}, which is not supported`);
  const count = Array.isArray(shape) ? elementCount(shape) : null;
  if (count === null) throw new UserError(`${at} has the impossible shape ${textOf(shape)}`);
  const decoded = DTYPES[dtype as keyof typeof DTYPES];
  const packing = quantization === undefined ? { stored: decoded, quantization: null } : parseQuantization(quantization, dtype, at);
  const end = begin + count * itemBytes(packing.stored);
  if (!Number.isSafeInteger(end)) throw new UserError(`${at} has the impossible shape ${textOf(shape)}`);
  return { name, dtype: decoded, shape: shape as number[], ...packing, begin, end };
}

/** A path of the manifest: relative, and not out of its folder. */
function checkPath(path: unknown, where: string): string {
  const bad = typeof path !== "string" || path === "" || /^([a-z]+:|[/\\])|[\\\0]/i.test(path) || path.split("/").includes("..");
  if (bad) throw new UserError(`${where}: ${textOf(path)} is not the path of a file beside it`);
  return path;
}

function parseGroup(value: unknown, where: string): ManifestGroup {
  if (!isObject(value) || !Array.isArray(value.paths) || !Array.isArray(value.weights)) {
    throw new UserError(`${where}: a group of weights needs "paths" and "weights": ${textOf(value)}`);
  }
  const tensors: ManifestTensor[] = [];
  for (const weight of value.weights as unknown[]) tensors.push(parseTensor(weight, tensors.at(-1)?.end ?? 0, where));
  return { paths: value.paths.map((path) => checkPath(path, where)), tensors, bytes: tensors.at(-1)?.end ?? 0 };
}

/** Parses a manifest, or the model.json that holds one. Anything else: UserError. */
export function parseManifest(text: string, where: string): readonly ManifestGroup[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${where}: not a weights manifest: not JSON (${quote(messageOf(error))})`);
  }
  const groups = isObject(root) ? root.weightsManifest : root;
  if (!Array.isArray(groups)) throw new UserError(`${where}: not a weights manifest of TensorFlow.js`);
  const parsed = groups.map((group) => parseGroup(group, where));
  const names = new Set<string>();
  for (const { name } of parsed.flatMap(({ tensors }) => tensors)) {
    if (names.has(name)) throw new UserError(`${where}: it names ${quote(name)} twice`);
    names.add(name);
  }
  return parsed;
}

/** The files of a group must hold what its tensors need, no less and no more. */
export function checkGroupBytes({ bytes, paths }: ManifestGroup, found: number, where: string): void {
  if (found === bytes) return;
  throw new UserError(
    `${where}: ${found < bytes ? "cut short" : "too long"}: the tensors need ${bytes} bytes, ${paths.join(", ")} hold ${found}`,
  );
}

/** A tensor from its own bytes; quantised ones are computed in f64 and rounded to f32 (to the nearest integer for int32). */
export function decodeManifestTensor(tensor: ManifestTensor, bytes: Uint8Array): FileTensor {
  const { dtype, stored, shape, quantization } = tensor;
  const data = viewBytes(bytes, stored);
  if (quantization === null)
    return stored === "F16" ? { dtype, shape, data: asFloat32({ dtype: stored, shape, data }) } : { dtype, shape, data };
  const { scale, min } = quantization;
  const levels = data as Uint8Array | Uint16Array;
  const value = (x: number): number => x * scale + min;
  return dtype === "I32"
    ? { dtype, shape, data: Int32Array.from(levels, (x) => Math.round(value(x))) }
    : { dtype, shape, data: Float32Array.from(levels, value) };
}

/**
 * All tensors of a manifest.
 * @param files the bytes of each group's files, joined: one run for each group, as `parseManifest` lists them
 */
export function decodeManifest(groups: readonly ManifestGroup[], files: readonly Uint8Array[], where: string): Tensors {
  groups.forEach((group, i) => checkGroupBytes(group, files[i]?.length ?? 0, where));
  return Object.fromEntries(
    groups.flatMap(({ tensors }, i) =>
      tensors.map((tensor) => [tensor.name, decodeManifestTensor(tensor, files[i].subarray(tensor.begin, tensor.end))]),
    ),
  );
}
