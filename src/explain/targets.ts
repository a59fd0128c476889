/** Which class is explained. The network's own choice is made in the graph, so that one submission asks and answers. */
import { argmax, broadcastTo, constant, equal, iota, maximum, select, unsqueeze, type Node } from "../graph/index.ts";

/** Code of the class that comes in at `place` (0: the best) of the network's own ranking. Other codes are class numbers. */
export const ranked = (place: number): number => -1 - place;

/** logits [N, classes] -> the `count` best classes, i32 [N] each. */
export function topClasses(logits: Node, count: number): Node[] {
  const places = iota([logits.shape[1]], 0);
  const best: Node[] = [];
  let left = logits;
  for (let place = 0; place < count; place++) {
    const found = argmax(left, 1);
    best.push(found);
    left = select(equal(unsqueeze(found, 1), places), LEAST, left);
  }
  return best;
}

/**
 * The numbers of the `count` best classes, as `topClasses` ranks them. By logits: in f32 the probabilities of the best are often equal, all 1 or 0,
 * where their logits are not. Of equal ones the first.
 */
export const highestScores = (logits: Float32Array, count: number): number[] =>
  Array.from(logits, (_, index) => index)
    .sort((a, b) => logits[b] - logits[a])
    .slice(0, count);

/** Below every score. */
const LEAST = -3e38;

/** asked i32 [N]: a class, or `ranked(place)` with place < `places`. -> classes i32 [N] */
export function chosenClasses(logits: Node, asked: Node, places: number): Node {
  const none = broadcastTo(constant(Int32Array.of(0)), asked.shape);
  return topClasses(logits, places).reduce(
    (chosen, best, place) => select(equal(asked, ranked(place)), best, chosen),
    maximum(asked, none),
  );
}
