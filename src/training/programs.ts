/** The programs of a run around one store of variables: each is compiled when it is first needed, and kept. */
import type { Node, Update } from "../graph/index.ts";
import { compile, createStore, type Program, type Store, type Variants } from "../kernels/index.ts";
import type { Device } from "../runtime/device.ts";

export interface ProgramCacheOptions {
  /** Of the variables' initial values. */
  readonly seed: number;
  /** Aborted: gives up compiling. */
  readonly signal?: AbortSignal;
  /** Measured forms of kernels. */
  readonly variants?: Variants;
}

export interface ProgramCache {
  /** The variables of all programs, by path. */
  readonly store: Store;
  has(name: string): boolean;
  /** The program of this name; `build` is called the first time. After a failure the next call compiles again. */
  get<O extends string>(
    name: string,
    build: () => { readonly outputs: Readonly<Record<O, Node>>; readonly updates?: readonly Update[] },
  ): Promise<Program<O>>;
  /** The most bytes on the device at once so far: the variables, and what each program holds besides. */
  peakBytes(): number;
  /** Frees programs and variables. */
  dispose(): void;
}

export function createProgramCache(device: Device, { seed, signal, variants }: ProgramCacheOptions): ProgramCache {
  const store = createStore(device, { seed });
  const programs = new Map<string, Promise<Program>>();
  const compiled: Program[] = [];
  let peak = 0;
  return {
    store,
    has: (name) => programs.has(name),
    get(name, build) {
      const known = programs.get(name);
      if (known) return known;
      const { outputs, updates } = build();
      const made = compile(device, { name, outputs, updates, store, signal, variants }).then((program) => {
        compiled.push(program);
        peak = Math.max(peak, bytesOnDevice(store, compiled));
        return program;
      });
      programs.set(name, made);
      made.catch(() => programs.delete(name));
      return made;
    },
    peakBytes: () => peak,
    dispose() {
      for (const program of compiled) program.dispose();
      store.dispose();
    },
  };
}

/** The variables once, and of each program everything else. */
function bytesOnDevice(store: Store, programs: readonly Program[]): number {
  const own = programs.map(({ memory }) => memory.peak - memory.parameters - memory.buffers - memory.slots);
  const variables = Object.values(store.bytes()).reduce((sum, bytes) => sum + bytes, 0);
  return own.reduce((sum, bytes) => sum + bytes, variables);
}
