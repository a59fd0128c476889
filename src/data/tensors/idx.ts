/**
 * IDX, the format of MNIST (Yann LeCun's page; kept at https://web.archive.org/web/2020/http://yann.lecun.com/exdb/mnist/):
 * two zero bytes, a type byte (0x08 = unsigned byte), the number of dimensions, then each dimension as a big-endian u32, then the data.
 */

import { UserError } from "../errors.ts";

/** Equal grey pictures: `pixels` is u8 [count, height, width]. */
export interface IdxImages {
  readonly pixels: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** Pictures with a label each: `images` is u8 [count, height, width], `labels` u8 [count]. */
export interface LabelledImages {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

const TYPES: Readonly<Record<number, string>> = { 8: "u8", 9: "i8", 11: "i16", 12: "i32", 13: "f32", 14: "f64" };

/** The most a header may promise: 1 GiB (MNIST's largest file has 47 MB, EMNIST's 547 MB). */
export const IDX_MAX_BYTES = 2 ** 30;

/** Bytes of the header of a file with so many dimensions. */
export const idxHeaderBytes = (dimensions: number): number => 4 + 4 * dimensions;

/**
 * Reads the header alone: the extents, and how many bytes the whole file must have.
 * @param where the file's name, for the message
 */
export function parseIdxHeader(bytes: Uint8Array, dimensions: number, where: string): { dims: number[]; totalBytes: number } {
  const wanted = dimensions === 1 ? "labels (1 dimension)" : "images (3 dimensions)";
  const size = idxHeaderBytes(dimensions);
  if (bytes.length < 4) throw new UserError(`${where}: not an IDX file: ${bytes.length} bytes, too short for a header`);
  const [zero, alsoZero, type, found] = bytes;
  if (zero !== 0 || alsoZero !== 0 || !(type in TYPES)) {
    const magic = Array.from(bytes.subarray(0, 4), (b) => b.toString(16).padStart(2, "0")).join(" ");
    throw new UserError(`${where}: not an IDX file: it begins with ${magic}, expected 00 00 08 0${dimensions}`);
  }
  if (type !== 8) throw new UserError(`${where}: holds ${TYPES[type]} values; IDX ${wanted} must be unsigned bytes (u8)`);
  if (found !== dimensions) throw new UserError(`${where}: has ${found} dimensions; IDX ${wanted} were expected here`);
  if (bytes.length < size) throw new UserError(`${where}: cut short: ${bytes.length} bytes, its header alone needs ${size}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dims = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  if (dims[0] === 0) throw new UserError(`${where}: holds no items (its header says [${dims.join(", ")}])`);
  if (dims.includes(0)) throw new UserError(`${where}: holds pictures without pixels (its header says [${dims.join(", ")}])`);
  const items = dims.reduce((a, b) => a * b, 1);
  if (items > IDX_MAX_BYTES) {
    throw new UserError(`${where}: its header promises [${dims.join(", ")}], more than the limit of ${IDX_MAX_BYTES} bytes`);
  }
  return { dims, totalBytes: size + items };
}

/** Extents and data of a u8 IDX file with exactly so many dimensions. The data is a view of `bytes`. */
function parseIdx(bytes: Uint8Array, dimensions: number, where: string): { dims: number[]; data: Uint8Array } {
  const { dims, totalBytes } = parseIdxHeader(bytes, dimensions, where);
  if (bytes.length !== totalBytes) {
    const what = bytes.length < totalBytes ? "cut short" : "too long";
    throw new UserError(`${where}: ${what}: its header says [${dims.join(", ")}], that is ${totalBytes} bytes, but it has ${bytes.length}`);
  }
  return { dims, data: bytes.subarray(idxHeaderBytes(dimensions)) };
}

/** An IDX file of pictures (u8, 3 dimensions). Not what it should be: UserError. */
export function parseIdxImages(bytes: Uint8Array, where: string): IdxImages {
  const { dims, data } = parseIdx(bytes, 3, where);
  return { pixels: data, count: dims[0], height: dims[1], width: dims[2] };
}

/** An IDX file of labels (u8, 1 dimension) -> [count]. Not what it should be: UserError. */
export function parseIdxLabels(bytes: Uint8Array, where: string): Uint8Array {
  return parseIdx(bytes, 1, where).data;
}

/** Pictures and labels that belong together. Different counts, or a label of `classes` or more: UserError. */
export function pairImages(
  images: IdxImages,
  labels: Uint8Array,
  { imagesFile, labelsFile, classes = 256 }: { imagesFile: string; labelsFile: string; classes?: number },
): LabelledImages {
  if (images.count !== labels.length) {
    throw new UserError(
      `${imagesFile} holds ${images.count} images, but ${labelsFile} holds ${labels.length} labels: they do not belong together`,
    );
  }
  const bad = labels.findIndex((label) => label >= classes);
  if (bad >= 0) throw new UserError(`${labelsFile}: label ${labels[bad]} at item ${bad}; labels must be 0..${classes - 1}`);
  return { images: images.pixels, labels, count: images.count, height: images.height, width: images.width };
}

/** Writes u8 data as IDX: what `parseIdxImages` ([count, height, width]) and `parseIdxLabels` ([count]) read. */
export function encodeIdx(data: Uint8Array, dims: readonly number[]): Uint8Array {
  const size = idxHeaderBytes(dims.length);
  const bytes = new Uint8Array(size + data.length);
  bytes.set([0, 0, 8, dims.length]);
  const view = new DataView(bytes.buffer);
  dims.forEach((extent, i) => {
    view.setUint32(4 + 4 * i, extent);
  });
  bytes.set(data, size);
  return bytes;
}
