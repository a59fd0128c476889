/**
 * The manifest: every bag of a run as JSON that another program can read, so that a comparison uses the same bags.
 *
 *     { "format": "intarsia-bags", "version": 1, "task": "single-digit", "seed": 1,
 *       "protocol": { "rule", "draw", "length": { "mean", "sigma", "min" } },
 *       "splits": { "train": { "file": "train", "images": [0, 50000],
 *                              "bags": [{ "label": 1, "images": [7, 19, ...], "digits": [3, 9, ...] }, ...] }, ... } }
 *
 * `images` of a bag are positions (from 0) in the IDX file that `file` names; of a split, the half-open range that its bags may use.
 */

import { quote, UserError } from "../../data/errors.ts";
import type { Bag } from "./bags.ts";
import { SPLIT_NAMES, type Split, type SplitName, type Splits } from "./splits.ts";
import { TASK_NAMES, type Task, type TaskName, TASKS } from "./tasks.ts";

const FORMAT = "intarsia-bags";
const VERSION = 1;

export interface BagManifest {
  readonly task: TaskName;
  readonly seed: number;
  readonly splits: Splits;
}

/** One bag a line, so that a difference between two manifests can be read. */
export function bagManifestText({ task, seed, splits }: BagManifest): string {
  const { rule, draw, length }: Task = TASKS[task];
  const head = { format: FORMAT, version: VERSION, task, seed, protocol: { rule, draw, length: { ...length, min: 1 } } };
  const split = ({ name, file, from, to, bags }: Split): string => {
    const lines = bags.map((bag) => JSON.stringify({ label: bag.label, images: bag.images, digits: bag.digits }));
    return `"${name}":{"file":"${file}","images":[${from},${to}],"bags":[\n${lines.join(",\n")}\n]}`;
  };
  return `${JSON.stringify(head).slice(0, -1)},\n"splits":{${SPLIT_NAMES.map((name) => split(splits[name])).join(",\n")}}}\n`;
}

type Json = { readonly [key: string]: unknown };
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0;

/** Reads a manifest. Not one, or an image outside of its own range: UserError that names the place. */
export function parseBagManifest(text: string, where: string): BagManifest {
  const fail = (what: string): never => {
    throw new UserError(`${where}: not a bag manifest: ${what}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail("it is not JSON");
  }
  if (!isObject(json) || json.format !== FORMAT) return fail(`"format" is not "${FORMAT}"`);
  if (json.version !== VERSION) return fail(`version ${String(json.version)}; this program reads version ${VERSION}`);
  const task = TASK_NAMES.find((name) => name === json.task) ?? fail(`unknown task ${quote(String(json.task))}`);
  const seed = isCount(json.seed) ? json.seed : fail(`"seed" is not a whole number`);
  const splits = isObject(json.splits) ? json.splits : fail(`"splits" is missing`);
  const read = (name: SplitName): Split => parseSplit(name, splits[name], fail);
  return { task, seed, splits: { train: read("train"), validation: read("validation"), test: read("test") } };
}

function parseSplit(name: SplitName, json: unknown, fail: (what: string) => never): Split {
  if (!isObject(json) || !Array.isArray(json.bags) || !Array.isArray(json.images)) return fail(`split "${name}" is missing or malformed`);
  const file = json.file === "train" || json.file === "test" ? json.file : fail(`split "${name}": "file" is neither "train" nor "test"`);
  const [from, to]: unknown[] = json.images;
  if (!isCount(from) || !isCount(to) || to <= from) return fail(`split "${name}": "images" is not a range`);
  const bags = json.bags.map((bag: unknown, i): Bag => parseBag(bag, from, to, (what) => fail(`split "${name}", bag ${i}: ${what}`)));
  return { name, file, from, to, bags };
}

function parseBag(json: unknown, from: number, to: number, fail: (what: string) => never): Bag {
  if (!isObject(json) || !isCount(json.label) || !Array.isArray(json.images) || !Array.isArray(json.digits)) return fail("malformed");
  const images = json.images.map((index: unknown) =>
    isCount(index) && index >= from && index < to ? index : fail(`image ${String(index)}`),
  );
  const digits = json.digits.map((digit: unknown) => (isCount(digit) && digit < 10 ? digit : fail(`digit ${String(digit)}`)));
  if (images.length === 0 || images.length !== digits.length) return fail(`${images.length} images and ${digits.length} digits`);
  return { images, digits, label: json.label };
}
