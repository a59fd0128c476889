/** Fields of picture files: decoded when a sample is asked for, brought to one size, and kept as bytes while there is room. */

import { messageOf, UserError } from "../errors.ts";
import { type PictureSize, type Fit, fitPicture } from "../pictures/fit.ts";
import type { Picture } from "../pictures/picture.ts";
import type { Column } from "./columns.ts";
import { pictureField, type PictureStatistics } from "./picture-field.ts";
import type { Field } from "./types.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A picture that is not decoded yet. */
export interface PictureSource {
  /** A file's name, for messages. */
  readonly where: string;
  /** Its size as it is meant to be seen, by its header. Not a picture: UserError. */
  size(): Promise<Size>;
  /** Its pixels. If they are to be shrunk to `least` anyway, the source may halve them while it decodes, as long as both sides stay as large as that. */
  decode(least: Size): Promise<Picture>;
}

export interface PictureOptions extends PictureStatistics {
  /** Side, or [height, width]. Default: the size that all pictures have. */
  readonly size?: number | PictureSize;
  /** How a picture of another shape is brought to the size: "crop" (default) its middle, "stretch" it, or "pad" it with bars of the mean. */
  readonly fit?: Fit;
  /** 3 (default): colour. 1: grey. */
  readonly channels?: 1 | 3;
  /** Decoded pictures are kept in so many bytes; those that find no room are decoded anew in every epoch. Default: 256 MiB. */
  readonly cache?: number;
}

/** Headers that are read at the same time. */
const AT_ONCE = 8;

/** A field [channels, H, W] of pictures. All headers are read now: UserError with the name of the first file that is no picture, or of another size. */
export async function pictureColumn(sources: readonly PictureSource[], options: PictureOptions = {}): Promise<Column> {
  const sizes = await readSizes(sources);
  const extent = options.size === undefined ? commonSize(sources, sizes) : extentOf(options.size);
  const field = pictureField([options.channels ?? 3, ...extent], options, options.fit);
  const cache = new Map<number, Uint8Array>();
  let room = options.cache ?? 2 ** 28;
  const pixels = async (i: number): Promise<Uint8Array> => {
    const kept = cache.get(i);
    if (kept) return kept;
    const made = fitToField(await sources[i].decode(leastSize(sizes[i], extent, options.fit)), field);
    if (made.length <= room && !cache.has(i)) {
      room -= made.length;
      cache.set(i, made);
    }
    return made;
  };
  return { field, size: sources.length, get: async (i) => toUnit(await pixels(i)) };
}

/** A picture of any size as a sample of a picture field has it: f32 [C, H, W] in 0..1. Network inputs are prepared so, too. */
export function toFieldPicture(picture: Picture, field: Field): Float32Array {
  return toUnit(fitToField(picture, field));
}

/** Bytes as 0..1. */
function toUnit(bytes: Uint8Array): Float32Array {
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < out.length; i++) out[i] = bytes[i] / 255;
  return out;
}

function fitToField(picture: Picture, { shape, picture: facts }: Field): Uint8Array {
  if (!facts) throw new RangeError("not a picture field");
  const [channels, height, width] = shape;
  return fitPicture(picture, { channels, size: [height, width], fit: facts.fit, bars: facts.mean.map((value) => 255 * value) });
}

/** A source need not decode more pixels than twice what the part that is seen will have. */
function leastSize({ width, height }: Size, [h, w]: PictureSize, fit: Fit = "crop"): Size {
  const scales = [h / height, w / width];
  const scale = fit === "pad" ? Math.min(...scales) : Math.max(...scales);
  return { width: 2 * scale * width, height: 2 * scale * height };
}

function extentOf(size: number | PictureSize): PictureSize {
  const extent: PictureSize = typeof size === "number" ? [size, size] : size;
  if (!extent.every((side) => Number.isInteger(side) && side >= 1)) throw new RangeError(`pictures of ${extent.join(" x ")} pixels`);
  return extent;
}

function commonSize(sources: readonly PictureSource[], sizes: readonly Size[]): PictureSize {
  const [{ width, height }] = sizes;
  const other = sizes.findIndex((size) => size.width !== width || size.height !== height);
  if (other >= 0) {
    throw new UserError(
      `${sources[other].where}: ${sizes[other].width}x${sizes[other].height} pixels, but ${sources[0].where} has ${width}x${height}; name a size for all`,
    );
  }
  return [height, width];
}

/** All sizes. The UserError about files that are no pictures names up to three of them. */
async function readSizes(sources: readonly PictureSource[]): Promise<Size[]> {
  const sizes: Size[] = [];
  const broken: string[] = [];
  for (let first = 0; first < sources.length; first += AT_ONCE) {
    const group = await Promise.allSettled(sources.slice(first, first + AT_ONCE).map((source) => source.size()));
    for (const outcome of group) {
      if (outcome.status === "fulfilled") sizes.push(outcome.value);
      else if (outcome.reason instanceof UserError) broken.push(messageOf(outcome.reason));
      else throw outcome.reason;
    }
  }
  if (broken.length === 0) return sizes;
  const more = broken.length > 3 ? `; and ${broken.length - 3} more of ${sources.length}` : "";
  throw new UserError(broken.slice(0, 3).join("; ") + more);
}
