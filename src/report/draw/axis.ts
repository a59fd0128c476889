/** From a number to a place on the paper, and the round numbers beside it. */
import { scaleLinear, scaleLog } from "d3-scale";
import { isNumber, tame, tickTexts } from "../numbers.ts";
import type { FigureAxis } from "../types.ts";

export interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface AxisPlace {
  /** null: not on this axis (no finite number, or not above 0 on a logarithmic one). Anything else is between the ends. */
  at(value: number | null | undefined): number | null;
  readonly ticks: readonly Tick[];
}

export interface PlaceOptions {
  /** Where the least and the largest value are. */
  readonly from: number;
  readonly to: number;
  /** How many ticks, about. */
  readonly count: number;
  /** The ends are round numbers. Default: true. */
  readonly round?: boolean;
  /** 0 is on the axis. Default: where it is near. */
  readonly zero?: boolean;
}

/** `values`: whatever has to be on the axis; those that cannot be are ignored. */
export function placeOn(axis: FigureAxis | undefined, values: readonly (number | null | undefined)[], options: PlaceOptions): AxisPlace {
  const log = axis?.scale === "log";
  const usable = (value: unknown): value is number => isNumber(value) && (!log || tame(value) > 0);
  const all = [...values, axis?.low, axis?.high].filter(usable).map(tame);
  const [low, high] = log ? logEnds(all) : linearEnds(all, options.zero);
  const scale = log ? scaleLog([low, high], [options.from, options.to]) : scaleLinear([low, high], [options.from, options.to]);
  if (options.round ?? true) scale.nice(options.count);
  if (!scale.domain().every(isNumber)) scale.domain([low, high]);
  const [least, most] = [Math.min(options.from, options.to), Math.max(options.from, options.to)];
  const at = (value: number | null | undefined): number | null => {
    if (!usable(value)) return null;
    const place = scale(tame(value));
    return isNumber(place) ? Math.max(least, Math.min(most, place)) : (options.from + options.to) / 2;
  };
  const whole = !log && all.length > 0 && all.every(Number.isInteger);
  const ticks = (log ? logTicks(scale.domain(), options.count) : linearTicks(scale.domain(), options.count, whole)).filter(isNumber);
  // The ticks of a logarithmic axis have no common number of digits.
  const texts = log ? ticks.flatMap((tick) => tickTexts([tick], axis?.format)) : tickTexts(ticks, axis?.format);
  const marked = ticks.map((tick, i) => ({ at: at(tick) ?? Number.NaN, text: texts[i] }));
  return { at, ticks: marked.filter((tick, i) => isNumber(tick.at) && tick.text !== marked[i - 1]?.text) };
}

/** All equal, or nearly: room around them. 0 is an end where it is not far. */
function linearEnds(values: readonly number[], zero?: boolean): readonly [number, number] {
  if (values.length === 0) return [0, 1];
  let [low, high] = extent(values);
  if (zero ?? (low > 0 && low <= high / 2)) low = Math.min(0, low);
  if (zero ?? (high < 0 && high >= low / 2)) high = Math.max(0, high);
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (size === 0) return [0, 1];
  return high - low > 1e-9 * size ? [low, high] : [low - size / 2, high + size / 2];
}

function logEnds(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [1, 10];
  const [low, high] = extent(values);
  return high / low > 1 + 1e-9 ? [low, high] : [low / 2, high * 2];
}

/** Least and largest. (Spreading thousands of numbers into Math.min can overflow the stack.) */
export function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

function linearTicks(domain: readonly number[], count: number, whole: boolean): number[] {
  const ticks = scaleLinear(domain, [0, 1]).ticks(count);
  const kept = whole ? ticks.filter(Number.isInteger) : ticks;
  return kept.length > 0 ? kept : [...domain];
}

/** Powers of ten, or some of them; in a short span 2 and 5 times them as well. */
function logTicks([low, high]: readonly number[], count: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const step = Math.max(1, Math.ceil((last - first) / count));
  const factors = step === 1 && Math.log10(high / low) <= 2.2 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = first; power <= last; power += step) for (const factor of factors) ticks.push(Number(`${factor}e${power}`));
  const inside = ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  return inside.length > 1 ? inside : [low, high];
}
