/**
 * What a layer needs to know about the pass it is part of: whether it trains, where random numbers come from, and where the next values
 * of its running state go. There are no hidden modes: the pass is an argument.
 */
import { add, constant, GraphError, hashPath, owe, variable, type Node, type Update } from "../graph/index.ts";

export interface Training {
  /** False: running statistics are read, dropout does nothing, nothing is updated. */
  readonly training: boolean;
  /** [2] i32 (seed, step), for `uniform` and `normal`. */
  readonly key: Node;
  /** Hand them to `compile`, with the optimizer's: it refuses updates without them. */
  readonly updates: Update[];
  /** A stream of random numbers for the path's next use. It depends on the path and the number of its uses in this pass only. */
  stream(path: string): number;
}

export interface TrainingOptions {
  /** 0 to 2^31 - 1 */
  readonly seed?: number;
  /** Where the step count of the random numbers is kept. */
  readonly path?: string;
  /** [2] i32: the caller counts by itself. */
  readonly key?: Node;
}

/**
 * A training pass. If it draws random numbers, the variable `random` [2] i32 counts its steps: key = (seed, step).
 * One `Training` belongs to one graph, as one book of parameters does.
 */
export function createTraining({ seed = 0, path = "random", key }: TrainingOptions = {}): Training {
  const updates: Update[] = [];
  const uses = new Map<string, number>();
  let made = key;
  return {
    training: true,
    updates,
    get key() {
      if (!made) {
        const count = variable(path, [2], { dtype: "i32", role: "slot" });
        updates.push([count, add(count, constant([0, 1], [2], "i32"))]);
        made = owe(add(count, constant([seed, 0], [2], "i32")), count);
      }
      return made;
    },
    stream(at) {
      const use = uses.get(at) ?? 0;
      uses.set(at, use + 1);
      return hashPath(`${at}#${use}`);
    },
  };
}

/** The pass that only uses a model. */
export const inference: Training = Object.freeze({
  training: false,
  updates: [],
  get key(): never {
    throw new GraphError("inference draws no random numbers; pass a training made by createTraining()");
  },
  stream: () => 0,
});

/** The value that a use of `state` begins from: the variable, or what an earlier use in this pass made of it. */
export const latest = ({ updates }: Training, state: Node): Node => updates.find(([target]) => target === state)?.[1] ?? state;

/**
 * Sets the next value of `state`; a later use in the same pass replaces an earlier one's. `user` is a node that the layer's result is made of: a
 * program of updates that contains it is refused unless it updates `state`.
 */
export function advance({ updates }: Training, state: Node, next: Node, user: Node): void {
  owe(user, state);
  const at = updates.findIndex(([target]) => target === state);
  if (at < 0) updates.push([state, next]);
  else updates[at] = [state, next];
}
