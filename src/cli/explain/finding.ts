/** What `intarsia explain` finds out about a picture, and its answer in words. */
import type { Rectangle } from "../../data/index.ts";
import { type ExplainedMap, type Explanation, type Faithfulness, highestScores, METHODS } from "../../explain/index.ts";
import type { DrawnPicture } from "./picture.ts";

/** A picture, or one face of it. */
export interface Subject extends DrawnPicture {
  readonly file: string;
  /** What its files' names begin with. */
  readonly stem: string;
  /** "photo.jpg", "photo.jpg, face 2" */
  readonly title: string;
  /** What was noticed about it, a sentence each. */
  readonly remarks: readonly string[];
  /** The part that was asked for, or a face; null for the whole picture. In pixels of the file's picture, as is what the network saw. */
  readonly chosen: Rectangle | null;
  readonly seen: Rectangle;
}

/** What was found out about one subject. */
export interface Finding {
  readonly subject: Subject;
  readonly explanation: Explanation;
  /** One for each map, or null where it was not asked for. */
  readonly faithfulness: readonly (Faithfulness | null)[];
}

export interface Names {
  readonly model: string;
  readonly className: (index: number) => string;
  /** Of `--filter`: what the filter's maps show was not chosen by the network. */
  readonly filter: number | undefined;
  /** [H, W] of the network's input. */
  readonly size: readonly [number, number];
}

/** Nearly all is not all. */
export const describeProbability = (share: number): string => (share < 1 && share >= 0.9995 ? ">99.9 %" : `${(100 * share).toFixed(1)} %`);

/** "tabby 83.1 %, tiger cat 9.9 %, lynx 2.0 %" */
export function bestClasses({ logits, probabilities }: Explanation, className: Names["className"], count: number): string {
  return highestScores(logits, count)
    .map((index) => `${className(index)} ${describeProbability(probabilities[index])}`)
    .join(", ");
}

/** What a map shows. Of a filter that was asked for, it is not said that it does most for the class. */
export function plainWords({ method, filter }: Pick<ExplainedMap, "method" | "filter">, asked: number | undefined): string {
  const { plain } = METHODS[method];
  return filter === null || asked === undefined ? plain : plain.replace(/: the one .*$/, ".");
}
