/** What is trained, as graphs: networks and their optimizers, the programs of their steps, what they answer. Nothing here touches a device. */
export {
  accuracy,
  type Answer,
  type BatchNodes,
  type OutputNames,
  supervised,
  type SupervisedSpec,
  type TrainingTask,
} from "./supervised.ts";
export { inTurn, type Losses, type NetworkSpec, type ParameterGroup, type Pass, type Study } from "./study.ts";
export { stepGraph, type StepGraph, type StepPart } from "./step.ts";
