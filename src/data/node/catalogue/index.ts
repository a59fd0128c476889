/** Data sets by name: sources, preparation, and what a prepared one says of itself. */
export { cacheDirectory } from "./debian.ts";
export { type PrepareOptions, prepareData } from "./prepare.ts";
export { DATASET_FILE, type DataIdentity, dataHash, type PreparedData, readPrepared } from "./prepared.ts";
export { sourceState } from "./sources.ts";
