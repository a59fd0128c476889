/** A progress bar over things that are counted. On standard error, and only where that is a terminal. */
import { Presets, SingleBar } from "cli-progress";

export interface Bar {
  /** `done` of all, and what is being done now. */
  update(done: number, text: string): void;
  /** Takes it away. */
  stop(): void;
}

export function createBar(total: number, terminal = process.stderr.isTTY === true): Bar {
  if (!terminal) return { update() {}, stop() {} };
  const format = "{bar} {value}/{total}  {text}";
  const bar = new SingleBar(
    { format, clearOnComplete: true, hideCursor: true, barsize: 24, stopOnComplete: false },
    Presets.shades_classic,
  );
  bar.start(total, 0, { text: "" });
  return { update: (done, text) => bar.update(done, { text }), stop: () => bar.stop() };
}
