/** Which round's weights are the best, and when to stop looking for better ones. */
import { UserError } from "../../data/errors.ts";
import type { Metrics } from "../types.ts";

/** A number of the log, such as "validation accuracy", and whether much or little of it is good. */
export interface Keep {
  readonly metric: string;
  readonly best: "largest" | "smallest";
}

/** The round, from 1, of the best value; of equals, the first. A metric that the log has not: UserError. */
export function bestRound(records: readonly Metrics[], { metric, best }: Keep): number {
  const [first] = records;
  if (!(metric in first)) throw new UserError(`there is no "${metric}" to keep the best of; the log has ${Object.keys(first).join(", ")}`);
  const sign = best === "largest" ? 1 : -1;
  // What is not a number is never better.
  const value = (record: Metrics): number => (Number.isNaN(record[metric]) ? Number.NEGATIVE_INFINITY : sign * record[metric]);
  return records.reduce((kept, record) => (value(record) > value(kept) ? record : kept)).epoch;
}

/** Have there been `patience` rounds since the best one? */
export const isPatienceOver = (records: readonly Metrics[], keep: Keep, patience: number): boolean =>
  records.length > 0 && records[records.length - 1].epoch - bestRound(records, keep) >= patience;
