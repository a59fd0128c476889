/** How many bytes a program needs, by what they are for. */
import { type NodeOf, type Role, type Shape, sizeOf } from "../../graph/node.ts";

/** Bytes. `peak` is the sum of all that is allocated: every GPU buffer that the program and its variables have. */
export interface MemoryReport {
  readonly parameters: number;
  /** Running statistics, counters. */
  readonly buffers: number;
  /** The optimizer's state. */
  readonly slots: number;
  readonly inputs: number;
  readonly constants: number;
  /** Values between kernels and outputs, after sharing by lifetime. */
  readonly activations: number;
  /** Uniforms and the buffer through which outputs are read back. */
  readonly scratch: number;
  readonly peak: number;
}

interface Tensor {
  readonly shape: Shape;
}

/** What is allocated for a program besides its arenas. */
export interface Allocations {
  readonly inputs: readonly Tensor[];
  readonly constants: readonly Tensor[];
  readonly variables: readonly NodeOf<"variable">[];
  /** The nodes that outputs are read from, each once. */
  readonly outputs: ReadonlySet<Tensor>;
  readonly uniformBytes: number;
}

export function memoryReport({ inputs, constants, variables, outputs, uniformBytes }: Allocations, arenaBytes: number): MemoryReport {
  const ofRole = (role: Role): number => bytesOfAll(variables.filter(({ attrs }) => attrs.role === role));
  const report = {
    parameters: ofRole("parameter"),
    buffers: ofRole("buffer"),
    slots: ofRole("slot"),
    inputs: bytesOfAll(inputs),
    constants: bytesOfAll(constants),
    activations: arenaBytes,
    scratch: uniformBytes + bytesOfAll([...outputs]),
  };
  return { ...report, peak: Object.values(report).reduce((total, bytes) => total + bytes, 0) };
}

const bytesOfAll = (tensors: readonly Tensor[]): number => tensors.reduce((total, { shape }) => total + sizeOf(shape) * 4, 0);
