/** Models: parameters by path, layers, losses, optimizers and architectures. Pure graph definitions; nothing here touches a device. */
export { createParams, type Params, type Variable, type VariableOptions } from "./params.ts";
export { createTraining, inference, type Training, type TrainingOptions, type Update } from "./training.ts";
export { constantInit, fanIn, fanOut, kaimingNormal, normalInit, torchInit, uniformInit, xavierUniform } from "./init.ts";
export * as nn from "./nn/index.ts";
export { bceWithLogits, crossEntropy, huber, l1, mse, smoothL1, type LossOptions } from "./losses.ts";
export * from "./optimizers/index.ts";
export * as schedules from "./schedules.ts";
export type { Schedule } from "./schedules.ts";
export { matchState, stateDict, stateProblems, type MatchOptions, type StateEntry, type StateMatch } from "./state-dict.ts";
export { lenet, mnistNet, type LeNetOptions } from "./lenet.ts";
export { mlp } from "./mlp.ts";
