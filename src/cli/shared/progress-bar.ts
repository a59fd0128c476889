/** A progress bar over things that are counted. On standard error, and only where that is a terminal. */
import { Presets, SingleBar } from "cli-progress";

export interface ProgressBar {
  /** `done` of `total` (default: of the total that the bar was made with), and what is being done now. */
  update(done: number, text: string, total?: number): void;
  /** Makes room for a line of text; the next update draws the bar below it. */
  clear(): void;
  /** Takes it away. */
  stop(): void;
}

export function createProgressBar(all: number, terminal = process.stderr.isTTY === true): ProgressBar {
  if (!terminal) return { update() {}, clear() {}, stop() {} };
  const format = "{bar} {value}/{total}  {text}";
  const bar = new SingleBar(
    { format, clearOnComplete: true, hideCursor: true, barsize: 24, stopOnComplete: false },
    Presets.shades_classic,
  );
  let shown = false;
  const stop = (): void => {
    if (shown) bar.stop();
    shown = false;
  };
  return {
    update(done, text, total = all) {
      if (shown) {
        bar.setTotal(total);
        bar.update(done, { text });
      } else bar.start(total, done, { text });
      shown = true;
    },
    clear: stop,
    stop,
  };
}
