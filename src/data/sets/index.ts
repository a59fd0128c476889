/** Data sets: samples by number, from arrays, tensors, tables and picture files. */
export { type ArrayField, fromArrays } from "./arrays.ts";
export { fileSource, fromBitmaps, fromFiles } from "./browser.ts";
export { classColumn, type Column, fromColumns } from "./columns.ts";
export type { PictureStatistics } from "./picture-field.ts";
export { pictureColumn, type PictureOptions, type PictureSource, toFieldPicture } from "./pictures.ts";
export { dataSet, type SetSource } from "./set.ts";
export { pictureStatistics } from "./statistics.ts";
export { fromTable, type OpenPicture, type TableField, type TableFields } from "./table.ts";
export { fromImages, fromTensors, fromTensorSource, type TensorOptions } from "./tensors.ts";
export type { DataSet, Field, FieldArray, Fields, PictureField, Sample, SplitOptions } from "./types.ts";
