/** Which node of a training step is the first that is not finite, given the state from before the step. */

import type { Feeds, Step } from "../training/types.ts";
import type { Capacity } from "./batches.ts";
import type { Session } from "./session.ts";
import { trainingStep } from "./step.ts";
import { findNotFinite } from "../training/not-finite.ts";

/** "log at prediction", or null if a replay finds nothing. */
export function diagnoseStep(session: Session, _: Step, feeds: Feeds): Promise<string | null> {
  const { config, device, store } = session;
  const bags = feeds.lengths.length;
  const capacity: Capacity = { bags, length: feeds.index.length / bags, instances: feeds.pixels.length / 784 };
  const { outputs, updates } = trainingStep(config, capacity);
  return findNotFinite(device, store, [...Object.values(outputs), ...updates.map(([, next]) => next)], feeds);
}
