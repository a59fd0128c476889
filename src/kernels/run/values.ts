/** Numbers from outside, checked and as the device holds them: f32 or i32. */
import { type DType, type Shape, sizeOf } from "../../graph/node.ts";
import { ProgramError } from "../common/errors.ts";

/** Row-major and flat: an array or a typed array. 64-bit integers (`BigInt64Array`) count as numbers. */
export type Numbers = ArrayLike<number> | ArrayLike<bigint>;
export type Typed = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

export interface Wanted {
  readonly dtype: DType;
  /** NaN and infinities are refused, too. */
  readonly finite?: boolean;
  /** Never the caller's own array, which may change before it is used. */
  readonly copy?: boolean;
}

/** @throws ProgramError beginning with `which`, for what is no flat list, such as a DataView or a string. */
export function checkList(which: string, data: unknown): asserts data is Numbers {
  if (!isList(data)) throw new ProgramError(`${which} wants an array or a typed array of numbers, got ${kindOf(data)}`);
}

/** @throws ProgramError beginning with `which`: not a flat list, or of another length. */
export function checkLength(which: string, data: unknown, shape: Shape): asserts data is Numbers {
  checkList(which, data);
  const count = sizeOf(shape);
  if (data.length !== count)
    throw new ProgramError(`${which} wants [${shape.join(", ")}] = ${count} values, got ${data.length}${hint(data, count)}`);
}

/**
 * The elements as f32 or i32. An f32 takes what rounds to it: of finite numbers those below 3.4e38. An i32 takes whole numbers from -2^31 to
 * 2^31 - 1, never a rounded one.
 * @throws ProgramError beginning with `which`, for the first element that does not fit.
 */
export function elementsOf(which: string, data: Numbers, { dtype, finite = false, copy = false }: Wanted): Typed {
  const Kind = dtype === "f32" ? Float32Array : Int32Array;
  if (data instanceof Kind) {
    if (finite) for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) refuse(which, data[i], i, dtype);
    return !copy && data.buffer instanceof ArrayBuffer ? (data as Typed) : new Kind(data);
  }
  const taken = new Kind(data.length);
  for (let i = 0; i < taken.length; i++) {
    const given: unknown = data[i];
    const value = typeof given === "bigint" ? Number(given) : given;
    if (typeof value !== "number" || !(dtype === "i32" ? value === (value | 0) : holdsFloat(value, finite))) refuse(which, given, i, dtype);
    taken[i] = value;
  }
  return taken;
}

function refuse(which: string, value: unknown, i: number, dtype: DType): never {
  const isNumber = typeof value === "number" || typeof value === "bigint";
  throw new ProgramError(`${which} is ${isNumber ? value : kindOf(value)} at element ${i}; ${ruleOf(dtype, value)}`);
}

const holdsFloat = (value: number, finite: boolean): boolean => Number.isFinite(Math.fround(value)) || (!finite && !Number.isFinite(value));

function ruleOf(dtype: DType, value: unknown): string {
  if (dtype === "i32") return `it takes 32-bit integers, ${-(2 ** 31)} to ${2 ** 31 - 1}`;
  if (typeof value !== "number" && typeof value !== "bigint") return "it takes numbers";
  return Number.isFinite(Number(value)) ? "f32 ends at 3.4e38" : "inputs must be finite";
}

/** Has it a length and elements? A string has, and is none; a DataView has none. */
const isList = (data: unknown): data is ArrayLike<unknown> =>
  typeof data === "object" && data !== null && typeof (data as { length?: unknown }).length === "number";

/** "a DataView", "a string", "null", "a Promise" */
function kindOf(data: unknown): string {
  if (data === null || data === undefined) return String(data);
  if (typeof data !== "object") return `a ${typeof data}`;
  const { name } = data.constructor ?? { name: "Object" };
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}

/** What the caller may have meant. */
function hint(data: ArrayLike<unknown>, count: number): string {
  if (typeof data[0] === "object" && data[0] !== null) return ": lists in a list; flatten them";
  if (ArrayBuffer.isView(data) && data.byteLength === data.length && data.length === 4 * count)
    return `: bytes? a Float32Array or Int32Array over the same buffer shows them as ${count} values`;
  return "";
}
