/** How good an answer is. Pure arithmetic: no graph, no device. */
export { intersectionOverUnion } from "./boxes.ts";
export { describeError, type ErrorRate, errorRate, majorityBaseline, majorityLabel, percent, wilson } from "./classification.ts";
