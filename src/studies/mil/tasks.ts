/**
 * The set tasks of thesis Chapter 7 (Table 7.1) on MNIST. What the thesis leaves open, and which reading was taken, is in docs/mil.md.
 * A bag is a set of digits; its label is a function of the digits, whose own labels the model never sees.
 */

export const TASK_NAMES = ["single-digit", "single-digit-wide", "multiple-digits", "counting", "outlier"] as const;
export type TaskName = (typeof TASK_NAMES)[number];

export interface Task {
  readonly name: TaskName;
  /** The question that a bag's label answers, for people. */
  readonly question: string;
  /** classify: labels 0 and 1, a logit. count: labels 0, 1, 2, ..., a real number that is rounded. */
  readonly kind: "classify" | "count";
  /** Labels 0 and 1 in words; null for a counting task. */
  readonly verdicts: readonly [string, string] | null;
  /** A bag's length is int(normal(mean, sigma)), at least 1. int() cuts, so the mean length is half an instance below `mean`. */
  readonly length: { readonly mean: number; readonly sigma: number };
  /** uniform: images at random, with replacement. pairs: a bag of one digit, then one of the same length with two strangers. */
  readonly draw: "uniform" | "pairs";
  /** Bags at thesis scale; where the thesis is silent, methods.md's suggestion. */
  readonly bags: { readonly train: number; readonly test: number };
  /** The rule behind the label, as a manifest has it. */
  readonly rule: string;
  /** The digits that decide the label, for showing; null: it depends on the bag. */
  readonly witnesses: readonly number[] | null;
}

const ten = { mean: 10, sigma: 2 };

export const TASKS: { readonly [K in TaskName]: Task & { readonly name: K } } = {
  "single-digit": {
    name: "single-digit",
    question: "does the set hold a 9?",
    kind: "classify",
    verdicts: ["no 9", "a 9"],
    length: ten,
    draw: "uniform",
    bags: { train: 1000, test: 1000 },
    rule: "1 if at least one digit is a 9",
    witnesses: [9],
  },
  "single-digit-wide": {
    name: "single-digit-wide",
    question: "does the set hold a 9?",
    kind: "classify",
    verdicts: ["no 9", "a 9"],
    length: { mean: 10, sigma: 8 },
    draw: "uniform",
    bags: { train: 1000, test: 1000 },
    rule: "1 if at least one digit is a 9",
    witnesses: [9],
  },
  "multiple-digits": {
    name: "multiple-digits",
    question: "does the set hold both a 3 and a 6?",
    kind: "classify",
    verdicts: ["not both", "a 3 and a 6"],
    length: { mean: 12, sigma: 2 },
    draw: "uniform",
    bags: { train: 1000, test: 1000 },
    rule: "1 if at least one digit is a 3 and at least one is a 6",
    witnesses: [3, 6],
  },
  counting: {
    name: "counting",
    question: "how many 9s are in the set?",
    kind: "count",
    verdicts: null,
    length: { mean: 15, sigma: 2 },
    draw: "uniform",
    bags: { train: 1000, test: 1000 },
    rule: "the number of 9s",
    witnesses: [9],
  },
  outlier: {
    name: "outlier",
    question: "are all digits of the set the same?",
    kind: "classify",
    verdicts: ["an outlier", "all the same"],
    length: { mean: 6, sigma: 1 },
    draw: "pairs",
    bags: { train: 10000, test: 2000 },
    rule: "1 if the set was drawn from one digit, 0 if two of its places were given to another digit",
    witnesses: null,
  },
};

/** The label of a bag drawn uniformly, from its digits. (A bag of the outlier task has its label from how it was drawn.) */
export function labelOf(task: Task, digits: readonly number[]): number {
  switch (task.name) {
    case "single-digit":
    case "single-digit-wide":
      return digits.includes(9) ? 1 : 0;
    case "multiple-digits":
      return digits.includes(3) && digits.includes(6) ? 1 : 0;
    case "counting":
      return digits.filter((digit) => digit === 9).length;
    case "outlier":
      return new Set(digits).size === 1 ? 1 : 0;
    default:
      return task.name satisfies never;
  }
}

/** The label that a model's number means: the sign of a logit, or the nearest whole number that is not below 0. */
export function decide(task: Task, score: number): number {
  return task.kind === "classify" ? (score > 0 ? 1 : 0) : Math.max(0, Math.floor(score + 0.5));
}

/** A label in words: "a 9", "no 9"; of a counting task, the number. */
export function verdictOf(task: Task, label: number): string {
  return task.verdicts ? task.verdicts[label > 0 ? 1 : 0] : String(label);
}

/** Which places of a bag decide its label, for showing: the witnesses, or, of an outlier task, the digits in the minority. */
export function witnessesIn(task: Task, digits: readonly number[]): boolean[] {
  const { witnesses } = task;
  if (witnesses) return digits.map((digit) => witnesses.includes(digit));
  const count = (wanted: number): number => digits.filter((digit) => digit === wanted).length;
  const most = Math.max(...digits.map(count));
  return digits.map((digit) => count(digit) < most);
}
