/** From raw maps to what is shown: numbers from 0 to 1, and a sentence where there is nothing to show. */
import { METHODS, type Method } from "./methods.ts";

/** f32 [H, W], 0 to 1 */
export interface Heat {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
  /** The map's own numbers at 0 and at 1. */
  readonly least: number;
  readonly largest: number;
}

/**
 * A raw map [C, H, W] -> [0, 1] by its own least and largest value; the same everywhere becomes 0. Of several channels (maps of pixels):
 * for the input gradient the largest magnitude (Simonyan et al.), else the Euclidean norm of what is positive (methods of Chapter 3).
 */
export function heatOf(method: Method, map: Float32Array, [height, width]: readonly [height: number, width: number]): Heat {
  const size = height * width;
  const channels = map.length / size;
  const values = METHODS[method].kind === "layer" ? Float32Array.from(map) : overChannels(map, size, channels, method === "input-gradient");
  const range = extremesOf(values);
  return { width, height, values: unitRange(values, range), ...range };
}

function overChannels(map: Float32Array, size: number, channels: number, magnitude: boolean): Float32Array {
  return Float32Array.from({ length: size }, (_, at) => {
    let [largest, squares] = [0, 0];
    for (let c = 0; c < channels; c++) {
      const value = map[c * size + at];
      largest = Math.max(largest, Math.abs(value));
      squares += Math.max(value, 0) ** 2;
    }
    return magnitude ? largest : Math.sqrt(squares);
  });
}

/** In place: (x - least) / (largest - least); zeros where these are equal. */
function unitRange(values: Float32Array, { least, largest }: Extremes): Float32Array {
  const span = largest - least;
  for (let i = 0; i < values.length; i++) values[i] = span > 0 ? (values[i] - least) / span : 0;
  return values;
}

export interface Extremes {
  readonly least: number;
  readonly largest: number;
}

export function extremesOf(values: ArrayLike<number>): Extremes {
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < least) least = values[i];
    if (values[i] > largest) largest = values[i];
  }
  return { least, largest };
}

/** Which map it is: method, layer and class. */
export interface Asked {
  readonly method: Method;
  readonly layer: string | null;
  readonly className: string;
}

/**
 * Why a map shows nothing, or null if it shows something. `signed`: the map of the class activation family before its ReLU.
 */
export function emptyReason({ method, layer, className }: Asked, map: Float32Array, signed: Float32Array | null): string | null {
  if (!map.every(Number.isFinite))
    return "the map is not finite: the network's outputs overflow on this picture, or its weights are damaged";
  const { least, largest } = extremesOf(map);
  if (least < largest && (METHODS[method].kind === "layer" || method === "input-gradient" || largest > 0)) return null;
  if (signed) {
    const range = extremesOf(signed);
    if (range.least === 0 && range.largest === 0)
      return `nothing reaches ${layer}: its units are all 0 on this picture, or "${className}" does not depend on them`;
    if (range.largest <= 0)
      return `every place at ${layer} speaks against "${className}" (largest sum ${range.largest.toPrecision(3)}): the method keeps what speaks for it; try an earlier layer or another class`;
  }
  if (least === largest && least !== 0) return `the map is ${least.toPrecision(3)} everywhere: this layer does not tell places apart`;
  if (largest <= 0 && least < 0) return "all values are negative: nothing in the picture raises the score, and the method keeps what does";
  if (METHODS[method].layer === "any" || method === "activation")
    return `the filter at ${layer} is silent on this picture: all its activations are 0`;
  return `the score of "${className}" does not change with the picture here: its gradient is 0 (dead or saturated units)`;
}
