/** Variables on the device, by path: what programs share, and what a checkpoint holds. */
import { initialValue } from "../../graph/index.ts";
import { type DType, type NodeOf, type Role, type Shape, sizeOf } from "../../graph/node.ts";
import { assertAlive, BufferUsage, type Device } from "../../runtime/device.ts";
import { ProgramError } from "../common/errors.ts";
import { pieceBytes, pieceOf, piecesOf } from "../memory/bytes.ts";
import { readBuffers } from "./readback.ts";
import { createTurns, type Turns } from "./turns.ts";
import { checkList, elementsOf, type Numbers, type Typed } from "./values.ts";

export interface StoreEntry {
  readonly path: string;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly role: Role;
}

interface Held extends StoreEntry {
  readonly node: NodeOf<"variable">;
  readonly buffers: readonly GPUBuffer[];
}

/**
 * Programs of one store, and its own operations, take effect in the order in which they were begun: what is read shows everything that came before
 * and nothing that came after.
 */
export interface Store {
  readonly device: Device;
  /** The order in which its programs and its own operations come. */
  readonly turns: Turns;
  /**
   * Makes room for a variable and fills it with its initial value, unless it is there. Throws if it is there with another shape.
   * With `fill: false` a new one is zero: for one that is about to be written.
   */
  ensure(node: NodeOf<"variable">, options?: { readonly fill?: boolean }): readonly GPUBuffer[];
  entries(): readonly StoreEntry[];
  paths(): readonly string[];
  /** The current values, row-major. */
  read(path: string): Promise<Float32Array | Int32Array>;
  /**
   * Takes the values at once: the array may be reused. NaN and infinities are values.
   * @throws ProgramError for a path that is not there, another number of values, or a value that the variable's dtype does not hold.
   */
  write(path: string, data: Numbers): void;
  /** Writes the elements from `first` on, row-major: a tensor that is too large to be held twice comes in parts. */
  writePart(path: string, first: number, data: Numbers): void;
  /** Settles when everything that was written is on the device and the driver has freed its staging memory. */
  written(): Promise<void>;
  /** Bytes by role. */
  bytes(): Readonly<Record<Role, number>>;
  dispose(): void;
}

export interface StoreOptions {
  /** Initial values are drawn on the CPU from it and each variable's path. Default: 0. */
  readonly seed?: number;
  /** Values known already, by path: weights that were loaded are not drawn first. */
  readonly values?: ReadonlyMap<string, Numbers>;
}

export function createStore(device: Device, { seed = 0, values }: StoreOptions = {}): Store {
  const held = new Map<string, Held>();
  const turns = createTurns();
  const find = (path: string): Held => {
    const found = held.get(path);
    if (!found)
      throw new ProgramError(
        `no variable "${path}" in the store; it has ${held.size === 0 ? "none" : [...held.keys()].slice(0, 8).join(", ")}`,
      );
    return found;
  };
  const put = ({ node, buffers, shape }: Held, first: number, values: Typed): void => {
    const piece = pieceOf(node as never, device.limits) ?? sizeOf(shape);
    for (let at = 0; at < values.length; ) {
      const [index, offset] = [Math.floor((first + at) / piece), (first + at) % piece];
      const count = Math.min(piece - offset, values.length - at);
      device.gpu.queue.writeBuffer(buffers[index], offset * 4, values, at, count);
      at += count;
    }
  };
  /** In its turn. If the device is lost before that, the next use of it throws. */
  const write = (variable: Held, first: number, data: Numbers): void => {
    assertAlive(device);
    const values = elementsOf(`variable "${variable.path}"`, data, { ...variable, copy: turns.busy() });
    if (turns.busy()) turns.take(() => put(variable, first, values)).catch(() => undefined);
    else put(variable, first, values);
  };
  const writeAll = (path: string, data: Numbers): void => {
    const variable = find(path);
    const count = sizeOf(variable.shape);
    checkList(`variable "${path}"`, data);
    if (data.length !== count)
      throw new ProgramError(`variable "${path}" holds ${count} values [${variable.shape.join(", ")}], got ${data.length}`);
    write(variable, 0, data);
  };
  return {
    device,
    turns,
    ensure(node, { fill = true } = {}) {
      const { path, shape, dtype, role, init } = node.attrs;
      const known = held.get(path);
      if (known) {
        if (known.shape.join() !== shape.join() || known.dtype !== dtype) {
          throw new ProgramError(
            `variable "${path}" is ${known.dtype} [${known.shape.join(", ")}] in the store, but the program wants ${dtype} [${shape.join(", ")}]`,
          );
        }
        return known.buffers;
      }
      const count = piecesOf(node as never, device.limits);
      const usage = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST;
      const buffers = Array.from({ length: count }, (_, i) =>
        device.gpu.createBuffer({ label: path, size: pieceBytes(node as never, i, device.limits), usage }),
      );
      held.set(path, { node, path, shape, dtype, role, buffers });
      if (!fill) return buffers;
      const loaded = values?.get(path);
      try {
        if (loaded || init.kind !== "constant" || init.value !== 0) writeAll(path, loaded ?? initialValue(init, shape, seed, path));
      } catch (error) {
        held.delete(path);
        for (const buffer of buffers) buffer.destroy();
        throw error;
      }
      return buffers;
    },
    entries: () => [...held.values()].map(({ path, shape, dtype, role }) => ({ path, shape, dtype, role })),
    paths: () => [...held.keys()],
    async read(path) {
      const { buffers, dtype } = find(path);
      const ranges = buffers.map((buffer) => ({ buffer, offset: 0, size: buffer.size }));
      const { copied } = await turns.take(() => ({ copied: readBuffers(device, ranges, `variable "${path}"`) }));
      const bytes = await copied;
      return dtype === "f32" ? new Float32Array(bytes) : new Int32Array(bytes);
    },
    write: writeAll,
    writePart(path, first, data) {
      const variable = find(path);
      const count = sizeOf(variable.shape);
      checkList(`variable "${path}"`, data);
      if (!Number.isInteger(first) || first < 0 || first + data.length > count)
        throw new ProgramError(`variable "${path}" holds ${count} values; ${data.length} from ${first} on do not fit`);
      write(variable, first, data);
    },
    async written() {
      assertAlive(device);
      await turns.take(() => undefined);
      await device.idle();
      assertAlive(device);
    },
    bytes() {
      const total: Record<Role, number> = { parameter: 0, buffer: 0, slot: 0 };
      for (const { shape, role } of held.values()) total[role] += sizeOf(shape) * 4;
      return total;
    },
    dispose() {
      const all = [...held.values()].flatMap(({ buffers }) => buffers);
      held.clear();
      void turns.take(() => all.forEach((buffer) => buffer.destroy()));
    },
  };
}
