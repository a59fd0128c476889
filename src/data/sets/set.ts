/** The one implementation of `DataSet`, over whatever reads samples. */

import { UserError } from "../errors.ts";
import { splitIndices } from "./split.ts";
import type { DataSet, Fields, Sample, SplitOptions } from "./types.ts";

/** What a data set is made of. */
export interface SetSource {
  readonly size: number;
  readonly fields: Fields;
  get(i: number): Sample | Promise<Sample>;
  /** Default: "sample 12". */
  where?(i: number): string;
  /** [size] class numbers, by field. */
  readonly labels?: Readonly<Record<string, ArrayLike<number>>>;
  /** [size], where fields are bags: how many instances each sample has. */
  readonly lengths?: ArrayLike<number>;
}

/** A data set of one's own: `get(i)` gives sample i, always the same, at once or later. */
export function dataSet(source: SetSource): DataSet {
  const { size, fields, labels = {} } = source;
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`a data set needs at least one sample, got ${size}`);
  const lengths = bagLengths(source);
  const check = (i: number): number => {
    if (!Number.isInteger(i) || i < 0 || i >= size) throw new RangeError(`sample ${i} of a data set of ${size}`);
    return i;
  };
  const set: DataSet = {
    size,
    fields,
    classes: Object.values(fields).find((field) => field.classes)?.classes ?? null,
    lengths,
    where: (i) => source.where?.(check(i)) ?? `sample ${check(i)}`,
    get: (i) => source.get(check(i)),
    labels: (field) => Int32Array.from(labels[labelField(labels, field)]),
    classWeights: (field) => balancedWeights(set.labels(field), fields[labelField(labels, field)].classes?.length),
    subset: (indices) => subsetOf(source, Uint32Array.from(indices, check)),
    split: ((shares: number | readonly number[], options: SplitOptions = {}) => {
      const list = typeof shares === "number" ? [shares, 1 - shares] : shares;
      return splitIndices(size, strata(labels, options.stratify), list, options.seed ?? 0).map((part) => set.subset(part));
    }) as DataSet["split"],
  };
  return set;
}

function subsetOf(source: SetSource, indices: Uint32Array): DataSet {
  const labels = Object.entries(source.labels ?? {}).map(([field, all]) => [field, Int32Array.from(indices, (i) => all[i])]);
  const { lengths } = source;
  return dataSet({
    ...(lengths && { lengths: Int32Array.from(indices, (i) => lengths[i]) }),
    size: indices.length,
    fields: source.fields,
    get: (i) => source.get(indices[i]),
    where: (i) => source.where?.(indices[i]) ?? `sample ${indices[i]}`,
    labels: Object.fromEntries(labels),
  });
}

function bagLengths({ size, fields, lengths }: SetSource): Int32Array | null {
  if (Object.values(fields).some(({ bag }) => bag) !== (lengths !== undefined))
    throw new RangeError("a data set has lengths where fields are bags, and only there");
  if (lengths === undefined) return null;
  if (lengths.length !== size) throw new RangeError(`lengths of ${lengths.length} bags for ${size} samples`);
  return Int32Array.from(lengths, (length, i) => {
    if (Number.isSafeInteger(length) && length >= 1) return length;
    throw new RangeError(`sample ${i}: a bag holds at least one instance, got ${length}`);
  });
}

/** The field whose class numbers are meant. */
function labelField(labels: object, field?: string): string {
  const names = Object.keys(labels);
  const known = names.length === 0 ? "no field of this data set has" : `those that have are ${names.join(", ")}`;
  if (field !== undefined && !names.includes(field)) throw new UserError(`the field ${field} has no class numbers; ${known}`);
  if (field === undefined && names.length !== 1) throw new UserError(`whose class numbers? name a field; ${known}`);
  return field ?? names[0];
}

/** The class numbers by which a split is stratified, or null. */
function strata(labels: Readonly<Record<string, ArrayLike<number>>>, stratify?: boolean | string): ArrayLike<number> | null {
  if (stratify === false || (stratify === undefined && Object.keys(labels).length !== 1)) return null;
  return labels[labelField(labels, typeof stratify === "string" ? stratify : undefined)];
}

function balancedWeights(labels: Int32Array, classes = labels.reduce((most, label) => Math.max(most, label + 1), 0)): Float32Array {
  const counts = new Float64Array(classes);
  for (const label of labels) if (label >= 0 && label < classes) counts[label] += 1;
  const present = counts.filter((count) => count > 0).length;
  return Float32Array.from(counts, (count) => (count > 0 ? labels.length / (present * count) : 0));
}
