/** A data set is put together of columns: for each field, where its values come from. */

import { dataSet } from "./set.ts";
import type { DataSet, Field, FieldArray } from "./types.ts";

export interface Column {
  readonly field: Field;
  readonly size: number;
  get(i: number): FieldArray | Promise<FieldArray>;
  /** [size] of class numbers. */
  readonly labels?: ArrayLike<number>;
}

/** A data set of columns of one length. Other lengths: RangeError. */
export function fromColumns(columns: Readonly<Record<string, Column>>, where?: (i: number) => string): DataSet {
  const named = Object.entries(columns);
  const sizes = new Set(named.map(([, { size }]) => size));
  if (sizes.size !== 1) {
    throw new RangeError(
      `fields of different lengths: ${named.map(([name, { size }]) => `${name} has ${size}`).join(", ") || "there are none"}`,
    );
  }
  const labelled = named.flatMap(([name, { labels }]) => (labels ? [[name, labels] as const] : []));
  return dataSet({
    size: named[0][1].size,
    fields: Object.fromEntries(named.map(([name, { field }]) => [name, field])),
    labels: Object.fromEntries(labelled),
    where,
    get(i) {
      const values = named.map(([name, column]) => [name, column.get(i)] as const);
      return values.some(([, value]) => value instanceof Promise)
        ? gather(values)
        : (Object.fromEntries(values) as Record<string, FieldArray>);
    },
  });
}

async function gather(values: readonly (readonly [string, FieldArray | Promise<FieldArray>])[]): Promise<Record<string, FieldArray>> {
  const arrays = await Promise.all(values.map(([, value]) => value));
  return Object.fromEntries(values.map(([name], i) => [name, arrays[i]]));
}

/** A column of class numbers 0..classes.length - 1. */
export function classColumn(numbers: ArrayLike<number>, classes?: readonly string[]): Column {
  const labels = Int32Array.from(numbers);
  return {
    field: { shape: [], dtype: "i32", ...(classes && { classes }) },
    size: labels.length,
    get: (i) => labels.subarray(i, i + 1),
    labels,
  };
}
