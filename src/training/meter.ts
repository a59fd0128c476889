/** How fast a training goes, how long it will still take, and how long it has taken. */
import { CHECKPOINT_FILE } from "./checkpoint.ts";
import type { Host, Progress, RunFiles } from "./host.ts";
import { prettyJson, readJson, TIME_FILE } from "./run-files.ts";

interface Reading {
  readonly time: number;
  readonly steps: number;
  readonly items: number;
}

export interface Meter {
  /** Called when so many steps and items are known to be done; `time` in milliseconds. */
  mark(time: number, steps: number, items: number): void;
  /** Items per second over the last readings; undefined before the second one. */
  rate(): number | undefined;
  /** Seconds for `steps` more. */
  remaining(steps: number): number | undefined;
}

/** Looks back over `window` readings. The first reading begins after the first steps, so that compiling does not count. */
export function createMeter(window = 8): Meter {
  const readings: Reading[] = [];
  const span = (): { seconds: number; steps: number; items: number } | undefined => {
    const [first, last] = [readings[0], readings[readings.length - 1]];
    if (!first || last.time <= first.time) return undefined;
    return { seconds: (last.time - first.time) / 1000, steps: last.steps - first.steps, items: last.items - first.items };
  };
  return {
    mark(time, steps, items) {
      readings.push({ time, steps, items });
      if (readings.length > window) readings.shift();
    },
    rate() {
      const past = span();
      return past && past.items / past.seconds;
    },
    remaining(steps) {
      const past = span();
      return past && past.steps > 0 ? (steps * past.seconds) / past.steps : undefined;
    },
  };
}

/** `round 3/8  loss 0.512  120 samples/s  75 s left`, and at a round's end all that was logged of it. */
export function progressText({ epoch, epochs, step, steps, loss, rate, remaining, epochEnded, metrics = {} }: Progress): string {
  const short = (value: number): string => String(Number(value.toPrecision(4)));
  const place = new Set(["epoch", "step", ...Object.keys(metrics).filter((name) => name.startsWith("learningRate"))]);
  const logged = epochEnded ? Object.entries(metrics).filter(([name]) => !place.has(name)) : [["loss", loss] as const];
  return [
    `round ${epoch}/${epochs}`,
    ...(epochEnded ? [] : [`step ${step}/${steps}`]),
    ...logged.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${short(value)}`])),
    ...(rate === undefined ? [] : [`${rate.toFixed(0)} samples/s`]),
    ...(epochEnded || remaining === undefined ? [] : [`${remaining.toFixed(0)} s left`]),
  ].join("  ");
}

/**
 * Runs `run` with a host that writes the run's time down after every checkpoint and at the end, also of an interrupted leg; `seconds()` is the time of
 * all legs so far. What a leg did after its last checkpoint, when it was killed, is not counted. `resume`: an earlier leg's time counts.
 */
export async function timed<T>(host: Host, resume: boolean, run: (host: Host, seconds: () => number) => Promise<T>): Promise<T> {
  const { files } = host;
  const earlier = resume ? await readSeconds(files) : 0;
  const begin = host.now();
  const seconds = (): number => earlier + (host.now() - begin) / 1000;
  const note = (): Promise<void> => files.write(TIME_FILE, prettyJson({ seconds: seconds() }));
  let saved = false;
  const write: RunFiles["write"] = async (name, content) => {
    await files.write(name, content);
    if (name !== CHECKPOINT_FILE) return;
    saved = true;
    await note();
  };
  try {
    const result = await run({ ...host, files: { ...files, write } }, seconds);
    await note();
    return result;
  } catch (error) {
    // Without a checkpoint, a later leg begins anew.
    if (host.signal.aborted && (saved || resume)) await note();
    throw error;
  }
}

/** 0 where nothing, or nothing of sense, is written: the run goes on all the same. */
async function readSeconds(files: RunFiles): Promise<number> {
  const known = await readJson(files, TIME_FILE).catch(() => undefined);
  const { seconds } = (known ?? {}) as { readonly seconds?: unknown };
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0 ? seconds : 0;
}
