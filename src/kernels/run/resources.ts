/** The GPU buffers of one program, as its memory plan says, and the bind group of each kernel. */
import type { Node, NodeOf } from "../../graph/node.ts";
import { BufferUsage, type Device } from "../../runtime/device.ts";
import { bytesOf, pieceBytes, pieceOf, piecesOf } from "../memory/bytes.ts";
import type { Pipeline } from "./pipelines.ts";
import type { Prepared } from "../compile/prepare.ts";
import type { ByteRange } from "./readback.ts";
import type { Store } from "./store.ts";
import type { Typed } from "./values.ts";

export interface Resources {
  /** Where each owner's pieces are. */
  readonly ranges: ReadonlyMap<Node, readonly ByteRange[]>;
  readonly staging: GPUBuffer | null;
  readonly uniforms: GPUBuffer | null;
  destroy(): void;
}

export function allocate(device: Device, prepared: Prepared, store: Store | null): Resources {
  const made: GPUBuffer[] = [];
  const make = (label: string, size: number, usage: number): GPUBuffer => {
    const buffer = device.gpu.createBuffer({ label: `${prepared.spec.name}: ${label}`, size, usage });
    made.push(buffer);
    return buffer;
  };
  const ranges = new Map<Node, ByteRange[]>();
  // Variables first: a store that holds another shape throws before anything is made.
  for (const node of prepared.variables) {
    const buffers = (store as Store).ensure(node);
    ranges.set(
      node as Node,
      buffers.map((buffer) => ({ buffer, offset: 0, size: buffer.size })),
    );
  }
  const storage = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST;
  for (const node of [...prepared.inputs, ...prepared.constants] as Node[]) {
    const label = node.op === "input" ? `input ${node.attrs.key}` : "constant";
    const pieces = Array.from({ length: piecesOf(node, device.limits) }, (_, i) => pieceBytes(node, i, device.limits));
    ranges.set(
      node,
      pieces.map((size) => ({ buffer: make(label, size, storage), offset: 0, size })),
    );
  }
  const arenas = prepared.plan.arenas.map((size, i) => make(`arena ${i}`, size, storage));
  for (const block of prepared.plan.blocks) {
    const list = ranges.get(block.owner) ?? [];
    list[block.piece] = { buffer: arenas[block.arena], offset: block.offset, size: pieceBytes(block.owner, block.piece, device.limits) };
    ranges.set(block.owner, list);
  }
  const { bytes } = prepared.uniforms;
  const uniforms = bytes > 0 ? make("uniforms", bytes, BufferUsage.UNIFORM | BufferUsage.COPY_DST) : null;
  const read = [...new Set(prepared.outputs.values())].reduce((total, node) => total + bytesOf(node), 0);
  const staging = read > 0 ? make("staging", read, BufferUsage.MAP_READ | BufferUsage.COPY_DST) : null;
  fillUniforms(device, prepared, uniforms);
  for (const node of prepared.constants) writeRange(device, ranges.get(node as Node) as ByteRange[], node as Node, rounded(node.attrs));
  return { ranges, staging, uniforms, destroy: () => made.forEach((buffer) => buffer.destroy()) };
}

const rounded = ({ data, dtype }: NodeOf<"constant">["attrs"]): Typed =>
  dtype === "f32" ? Float32Array.from(data) : Int32Array.from(data);

/** Uploads a tensor's values to its pieces. */
export function writeRange(device: Device, ranges: readonly ByteRange[], node: Node, data: Typed): void {
  const piece = pieceOf(node, device.limits) ?? data.length;
  ranges.forEach((range, i) =>
    device.gpu.queue.writeBuffer(range.buffer, range.offset, data, i * piece, Math.min(piece, data.length - i * piece)),
  );
}

function fillUniforms(device: Device, prepared: Prepared, uniforms: GPUBuffer | null): void {
  if (!uniforms) return;
  const words = new Uint32Array(uniforms.size / 4);
  for (const [uniform, offset] of prepared.uniforms.offsets) words.set(uniform, offset / 4);
  device.gpu.queue.writeBuffer(uniforms, 0, words);
}

export function bindGroups(device: Device, prepared: Prepared, resources: Resources, pipelines: readonly Pipeline[]): GPUBindGroup[] {
  const { offsets } = prepared.uniforms;
  return prepared.kernels.map((kernel, i) => {
    const uniform = { buffer: resources.uniforms as GPUBuffer, offset: offsets.get(kernel.uniform), size: kernel.uniform.byteLength };
    const storages = kernel.bindings.map(({ owner, piece, index }) => ({
      binding: index,
      resource: (resources.ranges.get(owner) as ByteRange[])[piece],
    }));
    return device.gpu.createBindGroup({
      label: kernel.label,
      layout: pipelines[i].layout,
      entries: [{ binding: 0, resource: uniform }, ...storages],
    });
  });
}
