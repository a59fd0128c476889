/** What a study needs from outside: files, a clock, progress, a PNG encoder. The command line, a page and a test each bring a `Host`. */

import type { Picture } from "../data/pictures/picture.ts";

/** The files of one run, by plain name. */
export interface RunFiles {
  /** Null: there is none. */
  read(name: string): Promise<Uint8Array | null>;
  /** Atomic: afterwards the file is whole, and until then it is the old one. */
  write(name: string, content: string | Uint8Array | readonly Uint8Array[]): Promise<void>;
  append(name: string, text: string): Promise<void>;
  /** Where a person finds the file: a path or an address. */
  locate(name: string): string;
}

/** One moment of a training, as a progress bar shows it. */
export interface Progress {
  readonly phase: string;
  /** Steps done and planned, over the whole run. */
  readonly step: number;
  readonly steps: number;
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** What an epoch is called: "round" where it is a number of steps and no pass over the data. Default: "epoch". */
  readonly unit?: string;
  /** Running mean of this epoch; undefined until it was read for the first time. */
  readonly loss?: number;
  /** Items (what the study counts, such as images) per second, over the last seconds. */
  readonly rate?: number;
  /** Seconds until the last step. */
  readonly remaining?: number;
  /** True for the last event of an epoch, whose `metrics` are complete. */
  readonly epochEnded?: boolean;
  readonly metrics?: Readonly<Record<string, number>>;
}

export interface Host {
  /** Milliseconds from an arbitrary beginning. */
  now(): number;
  readonly files: RunFiles;
  /** Aborted: the run saves a checkpoint and leaves. */
  readonly signal: AbortSignal;
  progress(event: Progress): void;
  /** Called by `fit` as it begins; what it gives is called at the end, with what was thrown, if something was. */
  begin?(): (error?: unknown) => void;
  /** An 8-bit RGBA picture as a PNG file. */
  encodePng(picture: Picture): Uint8Array | Promise<Uint8Array>;
}

/** Files that live only in memory: for pages and tests. */
export function memoryFiles(): RunFiles & { readonly content: Map<string, Uint8Array> } {
  const content = new Map<string, Uint8Array>();
  const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
  const join = (parts: readonly Uint8Array[]): Uint8Array => {
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  return {
    content,
    read: async (name) => content.get(name) ?? null,
    async write(name, value) {
      content.set(name, typeof value === "string" ? bytesOf(value) : value instanceof Uint8Array ? value.slice() : join(value));
    },
    async append(name, text) {
      content.set(name, join([content.get(name) ?? new Uint8Array(), bytesOf(text)]));
    },
    locate: (name) => name,
  };
}

/** A host for whoever needs none of it: files in memory, nobody who watches or stops. */
export const memoryHost = (): Host => ({
  now: () => performance.now(),
  files: memoryFiles(),
  signal: new AbortController().signal,
  progress: () => undefined,
  encodePng: () => {
    throw new Error("this host encodes no pictures");
  },
});
