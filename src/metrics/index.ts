/** How good an answer is. Pure arithmetic: no graph, no device. */
export { describeError, type ErrorRate, errorRate, majorityBaseline, majorityLabel, percent, wilson } from "./classification.ts";
