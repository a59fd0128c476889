/** From sample numbers to one batch: samples decoded, augmented, and put together. */

import { augmentBatch, augmentedFields, augmentSample, randomStreams } from "../../data/augment/apply.ts";
import type { Augmentation, BatchFields } from "../../data/augment/types.ts";
import type { DataSet, Field, FieldArray, Fields, Sample } from "../../data/sets/types.ts";

export interface Assembly {
  readonly set: DataSet;
  readonly augment: readonly Augmentation[];
  readonly seed: number;
  /** Whether augmentations are random; if not, they do what they do in evaluation. */
  readonly training: boolean;
  /** Samples that are decoded at the same time. */
  readonly parallel: number;
}

export interface Place {
  readonly epoch: number;
  /** Of the batch in its epoch. */
  readonly index: number;
}

/** The fields of the samples `indices`, [N, ...] each. What `set.get` throws comes out; a sample that is not what `set.fields` says: RangeError. */
export async function assemble(assembly: Assembly, indices: Uint32Array, { epoch, index }: Place, check: () => void): Promise<BatchFields> {
  const { set, augment, seed, training, parallel } = assembly;
  const single = augmentedFields(
    set.fields,
    augment.filter((augmentation) => augmentation.of === "picture"),
  );
  const batch = Object.fromEntries(Object.entries(single).map(([name, field]) => [name, newArray(field, indices.length)]));
  const place = async (at: number): Promise<void> => {
    check();
    const i = indices[at];
    const sample = await set.get(i);
    checkSample(sample, set.fields, set.where(i));
    const changed = augmentSample(sample, set.fields, augment, training ? randomStreams(seed, "augment", epoch, i) : null);
    for (const [name, values] of Object.entries(batch)) values.set(changed[name], at * changed[name].length);
  };
  await eachOf(indices.length, parallel, place);
  const streams = training ? randomStreams(seed, "augment batch", epoch, index) : null;
  return augmentBatch(batch, single, augment, { count: indices.length, streams });
}

const lengthOf = ({ shape }: Field): number => shape.reduce((product, extent) => product * extent, 1);

const newArray = (field: Field, count: number): FieldArray =>
  field.dtype === "f32" ? new Float32Array(count * lengthOf(field)) : new Int32Array(count * lengthOf(field));

function checkSample(sample: Sample, fields: Fields, where: string): void {
  for (const [name, field] of Object.entries(fields)) {
    const values: FieldArray | undefined = sample[name];
    const right = field.dtype === "f32" ? values instanceof Float32Array : values instanceof Int32Array;
    if (!right || values.length !== lengthOf(field)) {
      const found = ArrayBuffer.isView(values) ? `${values.constructor.name} of ${values.length}` : String(values);
      throw new RangeError(`${where}: field ${name} is ${field.dtype} [${field.shape.join(", ")}], but the sample has a ${found}`);
    }
  }
}

/** Runs `work` for 0..count - 1, begun in order, at most `parallel` at a time. After an error nothing new begins. */
async function eachOf(count: number, parallel: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      try {
        await work(next++);
      } catch (error) {
        next = count;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, count) }, lane));
}
