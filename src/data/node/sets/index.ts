/** Data sets from files. */
export { imageFolder, pictureFile } from "./pictures.ts";
export { csvTable } from "./table.ts";
export { idxSet, readNpy, safetensorsSet } from "./tensors.ts";
