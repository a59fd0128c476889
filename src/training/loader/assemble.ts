/** From sample numbers to one batch: samples decoded, augmented, and put together. */

import { augmentBatch, augmentedFields, augmentSample, randomStreams } from "../../data/augment/apply.ts";
import type { Augmentation, BatchFields } from "../../data/augment/types.ts";
import { createRandom } from "../../data/random.ts";
import type { DataSet, Field, FieldArray, Fields, Sample } from "../../data/sets/types.ts";
import { bagLayout, type BagShape } from "./bags.ts";

export interface Assembly {
  readonly set: DataSet;
  readonly augment: readonly Augmentation[];
  readonly seed: number;
  /** Whether augmentations are random, and the instances of bags shuffled; if not, augmentations do what they do in evaluation. */
  readonly training: boolean;
  /** Samples that are decoded at the same time. */
  readonly parallel: number;
}

/** The samples of a batch. */
export interface Pack {
  readonly samples: Uint32Array;
  /** In the places behind them. */
  readonly filling?: Uint32Array;
  /** Where fields are bags, whose places behind the samples stay empty. */
  readonly shape?: BagShape;
}

export interface Place {
  readonly epoch: number;
  /** Of the batch in its epoch. */
  readonly index: number;
  /** Places of the batch, N. */
  readonly size: number;
}

type SampleReader = (i: number) => Promise<Sample>;

/** The fields of a batch, [N, ...] or, of bags, [T, ...] each. What `set.get` throws comes out; a sample that is not what `set.fields` says: RangeError. */
export async function assemble(assembly: Assembly, pack: Pack, place: Place, check: () => void): Promise<BatchFields> {
  const { set } = assembly;
  const read: SampleReader = async (i) => {
    check();
    const sample = await set.get(i);
    checkSample(sample, set, i);
    return sample;
  };
  return pack.shape ? assembleBags(assembly, { ...pack, shape: pack.shape }, place, read) : assembleSamples(assembly, pack, place, read);
}

async function assembleSamples(
  { set, augment, seed, training, parallel }: Assembly,
  { samples, filling = new Uint32Array() }: Pack,
  { epoch, index, size }: Place,
  read: SampleReader,
): Promise<BatchFields> {
  const single = singleFields(set.fields, augment);
  const batch = newBatch(single, () => size);
  await eachOf(size, parallel, async (at) => {
    const i = at < samples.length ? samples[at] : filling[at - samples.length];
    const streams = training ? randomStreams(seed, "augment", epoch, i) : null;
    put(batch, augmentSample(await read(i), set.fields, augment, streams), at);
  });
  const streams = training ? randomStreams(seed, "augment batch", epoch, index) : null;
  return augmentBatch(batch, single, augment, { count: size, streams });
}

async function assembleBags(
  { set, augment, seed, training, parallel }: Assembly,
  { samples, shape }: Pack & { readonly shape: BagShape },
  { epoch, size }: Place,
  read: SampleReader,
): Promise<BatchFields> {
  const single = singleFields(set.fields, augment);
  const batch = newBatch(single, ({ bag }) => (bag ? shape.instances : size));
  const [bags, others] = [fieldsWhere(set.fields, ({ bag }) => bag === true), fieldsWhere(set.fields, ({ bag }) => !bag)];
  const lengths = Int32Array.from(samples, (i) => set.lengths?.[i] ?? 0);
  const firsts = lengths.map((_, at) => lengths.subarray(0, at).reduce((sum, length) => sum + length, 0));
  await eachOf(samples.length, parallel, async (at) => {
    const i = samples[at];
    const sample = await read(i);
    const streams = (...of: readonly number[]) => (training ? randomStreams(seed, "augment", epoch, i, ...of) : null);
    put(batch, augmentSample(sample, others, augment, streams()), at);
    const order = training ? createRandom(seed, "instances", epoch, i).permutation(lengths[at]) : null;
    for (let l = 0; l < lengths[at]; l++) {
      const instance = order ? order[l] : l;
      put(batch, augmentSample(instanceOf(sample, bags, instance), bags, augment, streams(instance)), firsts[at] + l);
    }
  });
  return { ...batch, ...bagLayout(lengths, size, shape) };
}

/** What single samples are after the augmentation of their pictures. */
const singleFields = (fields: Fields, augment: readonly Augmentation[]): Fields =>
  augmentedFields(
    fields,
    augment.filter(({ of }) => of === "picture"),
  );

const fieldsWhere = (fields: Fields, keep: (field: Field) => boolean): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, field]) => keep(field)));

/** Instance `l` of a sample's bags. */
const instanceOf = (sample: Sample, bags: Fields, l: number): Sample =>
  Object.fromEntries(
    Object.entries(bags).map(([name, field]) => [name, sample[name].subarray(l * lengthOf(field), (l + 1) * lengthOf(field))]),
  );

const lengthOf = ({ shape }: Field): number => shape.reduce((product, extent) => product * extent, 1);

const newBatch = (fields: Fields, count: (field: Field) => number): Record<string, FieldArray> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const length = count(field) * lengthOf(field);
      return [name, field.dtype === "f32" ? new Float32Array(length) : new Int32Array(length)];
    }),
  );

/** Writes what a sample, or an instance, holds into its place. */
function put(batch: Readonly<Record<string, FieldArray>>, sample: Sample, at: number): void {
  for (const [name, values] of Object.entries(sample)) batch[name]?.set(values, at * values.length);
}

function checkSample(sample: Sample, { fields, lengths, where }: DataSet, i: number): void {
  for (const [name, field] of Object.entries(fields)) {
    const values: FieldArray | undefined = sample[name];
    const right = field.dtype === "f32" ? values instanceof Float32Array : values instanceof Int32Array;
    const shape = field.bag && lengths ? [lengths[i], ...field.shape] : field.shape;
    if (!right || values.length !== lengthOf({ ...field, shape })) {
      const found = ArrayBuffer.isView(values) ? `${values.constructor.name} of ${values.length}` : String(values);
      throw new RangeError(`${where(i)}: field ${name} is ${field.dtype} [${shape.join(", ")}], but the sample has a ${found}`);
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
