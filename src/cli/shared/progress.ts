/** Progress for people: a bar on a terminal, a line per epoch elsewhere. */

import { Presets, SingleBar } from "cli-progress";
import { percent } from "../../metrics/classification.ts";
import type { Progress } from "../../training/host.ts";

export interface Reporter {
  progress(event: Progress): void;
  /** A line that stays. */
  note(line: string): void;
  /** Takes the bar away. */
  stop(): void;
}

/** 75 -> "1 min 15 s" */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** "epoch 3/8  loss 0.512  error 24.0 %  validation error 22.0 %  120 images/s" */
export function epochLine({ epoch, epochs, unit = "epoch", metrics = {}, rate }: Progress): string {
  const parts = [`${unit} ${epoch}/${epochs}`];
  if (Number.isFinite(metrics.loss)) parts.push(`loss ${metrics.loss.toFixed(3)}`);
  // Several networks have a loss each.
  for (const [name, value] of Object.entries(metrics))
    if (name.endsWith(" loss") && !name.startsWith("validation ")) parts.push(`${name} ${value.toFixed(3)}`);
  if (Number.isFinite(metrics.frechet)) parts.push(`Frechet distance ${metrics.frechet.toFixed(2)}`);
  for (const name of ["error", "validation error"]) if (Number.isFinite(metrics[name])) parts.push(`${name} ${percent(metrics[name])}`);
  if (rate) parts.push(`${rate.toFixed(0)} images/s`);
  return parts.join("  ");
}

/** The text to the right of the bar. */
export function barText({ phase, epoch, epochs, unit = "epoch", loss, rate, remaining }: Progress): string {
  if (phase !== "train") return phase;
  const parts = [`${unit} ${epoch}/${epochs}`];
  if (loss !== undefined) parts.push(`loss ${loss.toFixed(3)}`);
  if (rate !== undefined) parts.push(`${rate.toFixed(0)} images/s`);
  if (remaining !== undefined) parts.push(`${duration(remaining)} left`);
  return parts.join("  ");
}

/** Lines go to standard output, the bar to standard error. */
export function createReporter({ terminal = process.stderr.isTTY === true }: { readonly terminal?: boolean } = {}): Reporter {
  return terminal
    ? withBar()
    : { progress: (event) => event.epochEnded && console.log(epochLine(event)), note: (line) => console.log(line), stop() {} };
}

function withBar(): Reporter {
  const format = "{bar} {percentage} %  {text}";
  const bar = new SingleBar(
    { format, clearOnComplete: true, hideCursor: true, barsize: 24, stopOnComplete: false },
    Presets.shades_classic,
  );
  let shown = false;
  const stop = (): void => {
    if (shown) bar.stop();
    shown = false;
  };
  const note = (line: string): void => {
    stop();
    console.log(line);
  };
  return {
    stop,
    note,
    progress(event) {
      if (event.epochEnded) return note(epochLine(event));
      const payload = { text: barText(event) };
      if (shown) bar.setTotal(event.steps);
      else bar.start(event.steps, event.step, payload);
      shown = true;
      bar.update(event.step, payload);
    },
  };
}
