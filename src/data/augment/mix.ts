/** Pairs of samples mixed: pictures and labels. */

import type { Random } from "../random.ts";
import type { FieldArray, Fields } from "../sets/types.ts";
import { drawBeta } from "./beta.ts";
import type { BatchAugmentation, BatchFields } from "./types.ts";

export interface MixOptions {
  /** The share of the first of two samples is drawn from Beta(alpha, alpha). */
  readonly alpha?: number;
}

/**
 * Every sample becomes share * itself + (1 - share) * the sample before it in the batch (Zhang et al., arXiv:1710.09412; torchvision: MixUp;
 * alpha 1 by default). Class numbers become probabilities f32 [classes], in evaluation of one class alone.
 */
export function mixUp({ alpha = 1 }: MixOptions = {}): BatchAugmentation {
  return {
    of: "batch",
    name: "mixUp",
    settings: { alpha },
    fields: softFields,
    apply(batch, random, fields, count) {
      const soft = softLabels(batch, fields);
      if (!random) return soft;
      const share = drawBeta(random, alpha);
      return mapFields(soft, (values) => blendPairs(values, share, count));
    },
  };
}

/**
 * A box of every picture is replaced by the same box of the sample before it in the batch, and everything else mixed by the area that stays (Yun et al.,
 * arXiv:1905.04899; torchvision: CutMix; alpha 1 by default). Labels as in `mixUp`.
 */
export function cutMix({ alpha = 1 }: MixOptions = {}): BatchAugmentation {
  return {
    of: "batch",
    name: "cutMix",
    settings: { alpha },
    fields(fields) {
      const extents = new Set(Object.values(fields).flatMap(({ shape, picture }) => (picture ? [shape.slice(1).join("x")] : [])));
      if (extents.size !== 1)
        throw new RangeError(`cutMix: needs pictures of one size, got ${extents.size === 0 ? "none" : [...extents].join(" and ")}`);
      return softFields(fields);
    },
    apply(batch, random, fields, count) {
      const soft = softLabels(batch, fields);
      if (!random) return soft;
      const picture = Object.values(fields).find((field) => field.picture);
      const [, height, width] = picture?.shape ?? [];
      const box = drawBox(random, drawBeta(random, alpha), height, width);
      const share = 1 - ((box.bottom - box.top) * (box.right - box.left)) / (height * width);
      return mapFields(soft, (values, name) =>
        fields[name].picture ? pasteBox(values, box, width, height, count) : blendPairs(values, share, count),
      );
    },
  };
}

interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** A box of 1 - share of the area around a random middle, cut off at the edges. */
function drawBox(random: Random, share: number, height: number, width: number): Box {
  const [x, y] = [random.int(width), random.int(height)];
  const half = 0.5 * Math.sqrt(1 - share);
  const [w, h] = [Math.trunc(half * width), Math.trunc(half * height)];
  return { left: Math.max(0, x - w), right: Math.min(width, x + w), top: Math.max(0, y - h), bottom: Math.min(height, y + h) };
}

/** Class numbers as probabilities; other whole numbers cannot be mixed. */
function softFields(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      if (field.dtype === "f32") return [name, field];
      if (!field.classes) throw new RangeError(`the whole numbers of field ${name} cannot be mixed: they are no classes`);
      return [name, { shape: [field.classes.length], dtype: "f32", classes: field.classes }];
    }),
  );
}

function softLabels(batch: BatchFields, fields: Fields): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(batch).map(([name, values]) => [
      name,
      values instanceof Float32Array ? values : oneHot(values, fields[name].classes?.length ?? 0),
    ]),
  );
}

/** i32 [N] -> f32 [N, classes]; a label that is no class (an ignored one) gives zeros. */
function oneHot(labels: Int32Array, classes: number): Float32Array {
  const out = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => {
    if (label >= 0 && label < classes) out[i * classes + label] = 1;
  });
  return out;
}

const mapFields = (
  batch: Readonly<Record<string, Float32Array>>,
  change: (values: Float32Array, name: string) => FieldArray,
): BatchFields => Object.fromEntries(Object.entries(batch).map(([name, values]) => [name, change(values, name)]));

/** The first sample's partner is the last one. */
const partnerOf = (i: number, count: number): number => (i === 0 ? count - 1 : i - 1);

function blendPairs(values: Float32Array, share: number, count: number): Float32Array {
  const length = values.length / count;
  const out = new Float32Array(values.length);
  for (let i = 0; i < count; i++)
    for (let k = 0, at = i * length, from = partnerOf(i, count) * length; k < length; k++, at++, from++)
      out[at] = share * values[at] + (1 - share) * values[from];
  return out;
}

function pasteBox(values: Float32Array, { top, bottom, left, right }: Box, width: number, height: number, count: number): Float32Array {
  const planes = values.length / (count * height * width);
  const out = values.slice();
  for (let i = 0; i < count; i++)
    for (let c = 0; c < planes; c++)
      for (let y = top; y < bottom; y++) {
        const at = ((i * planes + c) * height + y) * width;
        const from = ((partnerOf(i, count) * planes + c) * height + y) * width;
        out.set(values.subarray(from + left, from + right), at + left);
      }
  return out;
}
