/**
 * The public face: define a graph (or a model, which is a function of a parameter path), differentiate it, compile
 * whole computations for a device, and read what is asked for. Files live apart, in `intarsia/data/node`.
 */

export * from "./data/index.ts";
export * from "./graph/index.ts";
export * from "./kernels/index.ts";
export * from "./models/index.ts";
export * from "./runtime/index.ts";
