/** Chapter 7 for programs: tasks, bags by the protocol, the models, a run from bags to report, and questions to a trained model. */
export { type Bag, drawBags } from "./bags.ts";
export { MIL_METHODS, type MilMethod, type MilConfig, milSettings, PRESET_NAMES, presetConfig } from "./config.ts";
export { judgeBags } from "./judge.ts";
export { type BagManifest, bagManifestText, parseBagManifest } from "./manifest.ts";
export { type BagInputs, scoreBags } from "./model.ts";
export { bagSet, setClassifier } from "./recipe.ts";
export { explainBag, type InstanceScores, prefixScores } from "./prefix.ts";
export { type MilOutcome, type MilRun, runMil } from "./run.ts";
export { createSession, openTrained, type Session } from "./session.ts";
export { drawSplits, type Split, type Splits } from "./splits.ts";
export { type ErrorRate, errorRate, majorityBaseline } from "../../metrics/classification.ts";
export { decide, labelOf, TASK_NAMES, TASKS, type Task, type TaskName, verdictOf } from "./tasks.ts";
