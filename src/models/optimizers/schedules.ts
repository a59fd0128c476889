/**
 * Learning rates over time: a schedule is a function of the step (0, 1, ...; epochs, if the host counts those) that the host evaluates and
 * writes into the rate's variable. Values as those of torch.optim.lr_scheduler.
 */
import { checkRange, COUNT, NOT_NEGATIVE, POSITIVE, UNIT } from "../ranges.ts";

export type LearningRateSchedule = (step: number) => number;

interface Base {
  /** The rate that the schedule starts from. */
  readonly lr: number;
}

/** A schedule whose settings are looked at once, when it is made. */
const made = (name: string, { lr, ...rest }: Base & Settings, schedule: LearningRateSchedule): LearningRateSchedule => {
  checkRange(`schedules.${name}`, NOT_NEGATIVE, { lr, ...pick(rest, (key) => !COUNTED.has(key)) });
  checkRange(
    `schedules.${name}`,
    COUNT,
    pick(rest, (key) => COUNTED.has(key)),
  );
  return schedule;
};

type Settings = Readonly<Record<string, number>>;
const COUNTED: ReadonlySet<string> = new Set(["steps", "size"]);
const pick = (settings: Settings, wanted: (key: string) => boolean): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => wanted(key)));

export const constant = ({ lr }: Base): LearningRateSchedule => made("constant", { lr }, () => lr);

/** lr gamma^floor(t / size) */
export const step = ({ lr, size, gamma = 0.1 }: Base & { readonly size: number; readonly gamma?: number }): LearningRateSchedule =>
  made("step", { lr, size, gamma }, (t) => lr * gamma ** Math.floor(t / size));

/** lr gamma^(number of milestones reached) */
export const multiStep = ({
  lr,
  milestones,
  gamma = 0.1,
}: Base & { readonly milestones: readonly number[]; readonly gamma?: number }): LearningRateSchedule =>
  made(
    "multiStep",
    { lr, gamma, ...Object.fromEntries(milestones.map((at, i) => [`milestones[${i}]`, at])) },
    (t) => lr * gamma ** milestones.filter((milestone) => t >= milestone).length,
  );

/** lr gamma^t */
export const exponential = ({ lr, gamma }: Base & { readonly gamma: number }): LearningRateSchedule =>
  made("exponential", { lr, gamma }, (t) => lr * gamma ** t);

/** From lr to lr * end in a straight line over `steps`, then level. */
export const linear = ({ lr, steps, end = 0 }: Base & { readonly steps: number; readonly end?: number }): LearningRateSchedule =>
  made("linear", { lr, steps, end }, (t) => lr * (1 + (end - 1) * Math.min(t / steps, 1)));

/** Half a cosine from lr to min over `steps`, then level (Loshchilov and Hutter, arXiv:1608.03983). */
export const cosine = ({ lr, steps, min = 0 }: Base & { readonly steps: number; readonly min?: number }): LearningRateSchedule =>
  made("cosine", { lr, steps, min }, (t) => wave(lr, min, t / steps));

/** `then`, begun after `steps` in which the rate rises in a straight line from `from` times its first value. */
export function warmUp(
  then: LearningRateSchedule,
  { steps, from = 0 }: { readonly steps: number; readonly from?: number },
): LearningRateSchedule {
  checkRange("schedules.warmUp", NOT_NEGATIVE, { steps, from });
  return (t) => (t < steps ? then(0) * (from + ((1 - from) * t) / steps) : then(t - steps));
}

/**
 * One cycle (Smith, arXiv:1708.07120) over `steps`: cosines from lr / start up to lr in the first `warmUp` part of them, then down to
 * lr / (start end).
 */
export function oneCycle({ lr, steps, warmUp: part = 0.3, start = 25, end = 1e4 }: OneCycleOptions): LearningRateSchedule {
  checkRange("schedules.oneCycle", UNIT, { warmUp: part });
  checkRange("schedules.oneCycle", POSITIVE, { start, end });
  const top = part * steps - 1;
  // A rise of one step is at its top at once.
  const rise = (t: number): number => (top === 0 ? 1 : t / top);
  return made("oneCycle", { lr, steps }, (t) =>
    t <= top ? wave(lr / start, lr, rise(t)) : wave(lr, lr / start / end, (t - top) / (steps - 1 - top)),
  );
}

export interface OneCycleOptions extends Base {
  readonly steps: number;
  readonly warmUp?: number;
  readonly start?: number;
  readonly end?: number;
}

/** Half a cosine from a to b while s goes from 0 to 1; b afterwards. */
const wave = (a: number, b: number, s: number): number => (s >= 1 ? b : b + ((a - b) * (1 + Math.cos(Math.PI * s))) / 2);
