/** Weight files into models and out of them. */
export { loadWeights, type LoadOptions } from "./load.ts";
export { stateTensors } from "./save.ts";
