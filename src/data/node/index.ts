/** The public face of `data` in Node: the same formats, from and to files. */

export * from "./checkpoint.ts";
export * from "./digits.ts";
export { readFileBounded, writeFileAtomic } from "./files.ts";
export * from "./lines.ts";
export * from "./png.ts";
export * from "./safetensors.ts";
