/** Weight files into models and out of them. */
export { loadWeights, type LoadOptions } from "./load.ts";
export { matchPrefixed, type PrefixedMatch } from "./match.ts";
export { stateTensors } from "./save.ts";
