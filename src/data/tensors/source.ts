/** Weights that are read one piece at a time: of a file of any size only a little is in memory. */

import { UserError } from "../errors.ts";
import {
  LENGTH_BYTES,
  type Metadata,
  parseHeader,
  parseHeaderLength,
  type SafetensorsHeader,
  type TensorEntry,
  type Tensors,
} from "./safetensors.ts";
import { type FileTensor, itemBytes, type TensorDType, viewBytes } from "./tensor.ts";

export interface TensorSource {
  /** Of messages: the file's name. */
  readonly where: string;
  readonly entries: ReadonlyMap<string, { readonly dtype: TensorDType; readonly shape: readonly number[] }>;
  readonly metadata: Metadata;
  /** `count` elements of a tensor from `first` on, in C order, as a flat tensor of their own. Beyond its end: RangeError. */
  read(name: string, first: number, count: number): Promise<FileTensor>;
}

/** Bytes `begin` to `end` of a file. Fewer: UserError. */
export type ReadBytes = (begin: number, end: number) => Promise<Uint8Array>;

function checkRange(name: string, size: number | undefined, first: number, count: number): void {
  const inside =
    size !== undefined && Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0 && first + count <= size;
  if (!inside) throw new RangeError(`elements ${first} to ${first + count} of ${JSON.stringify(name)}, which has ${size ?? "none"}`);
}

/** A safetensors file behind `read`: its header is read and checked now, its tensors when they are asked for. */
export async function safetensorsSource(read: ReadBytes, fileBytes: number, where: string): Promise<TensorSource> {
  const first = await read(0, Math.min(LENGTH_BYTES, fileBytes));
  const start = LENGTH_BYTES + parseHeaderLength(first, fileBytes, where);
  return sourceOf(parseHeader(await read(LENGTH_BYTES, start), fileBytes - start, where), start, read, where);
}

/** The tensors of a header that was checked; their bytes begin at `start`. */
export function sourceOf({ entries, metadata }: SafetensorsHeader, start: number, read: ReadBytes, where: string): TensorSource {
  const byName = new Map<string, TensorEntry>(entries.map((entry) => [entry.name, entry]));
  return {
    where,
    entries: byName,
    metadata,
    async read(name, from, count) {
      const entry = byName.get(name);
      const size = entry && itemBytes(entry.dtype);
      checkRange(name, entry && size && (entry.end - entry.begin) / size, from, count);
      const { dtype, begin } = entry as TensorEntry;
      const at = start + begin + from * itemBytes(dtype);
      return { dtype, shape: [count], data: viewBytes(await read(at, at + count * itemBytes(dtype)), dtype) };
    },
  };
}

/** A safetensors file that a person dropped or chose in a browser; read by slices. */
export function blobSource(blob: Blob, where: string): Promise<TensorSource> {
  const read: ReadBytes = async (begin, end) => {
    try {
      return new Uint8Array(await blob.slice(begin, end).arrayBuffer());
    } catch {
      throw new UserError(`${where}: cannot be read any more; was the file changed or removed?`);
    }
  };
  return safetensorsSource(read, blob.size, where);
}

/** Tensors that are in memory already, such as those of a TensorFlow.js manifest. */
export function tensorSource(tensors: Tensors, where: string, metadata: Metadata = {}): TensorSource {
  const entries = new Map(Object.entries(tensors));
  return {
    where,
    entries,
    metadata,
    async read(name, first, count) {
      const tensor = entries.get(name);
      checkRange(name, tensor?.data.length, first, count);
      const { dtype, data } = tensor as FileTensor;
      return { dtype, shape: [count], data: data.subarray(first, first + count) };
    },
  };
}
