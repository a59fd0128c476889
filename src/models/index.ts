/** Models: parameters by path, layers, losses, optimizers and architectures. Pure graph definitions; nothing here touches a device. */
export { createParams, type Params, type Variable } from "./params.ts";
export { createTraining, inference, type Training, type TrainingOptions } from "./training.ts";
export { constantInit, fanIn, fanOut, kaimingNormal, normalInit, torchInit, uniformInit, xavierUniform } from "./init.ts";
export * as nn from "./nn/index.ts";
export * from "./face/index.ts";
export { crossEntropy, type CrossEntropyOptions } from "./losses/cross-entropy.ts";
export { bceWithLogits, huber, l1, mse, smoothL1, type BceOptions, type LossOptions } from "./losses/elementwise.ts";
export { marginLoss, type MarginOptions } from "./losses/margin.ts";
export * from "./optimizers/index.ts";
export * as schedules from "./optimizers/schedules.ts";
export type { LearningRateSchedule } from "./optimizers/schedules.ts";
export { matchState, stateDict, stateProblems, type MatchOptions, type StateEntry, type StateMatch } from "./state-dict.ts";
export { lenet, mnistNet, type LeNetOptions } from "./backbones/lenet.ts";
export { mlp } from "./backbones/mlp.ts";
export { trainable, type Backbone, type BackboneOptions, type OutputStride } from "./backbones/backbone.ts";
export { BACKBONES, type BackboneEntry, type BackboneName } from "./backbones/registry.ts";
export { VGG, vgg, type VggOptions, type VggVariant } from "./backbones/vgg.ts";
export { RESNET, resnet, type ResNetOptions, type ResNetVariant } from "./backbones/resnet.ts";
export { MOBILENET_V1, mobileNetV1, type MobileNetV1Options, type MobileNetV1Variant } from "./backbones/mobilenet-v1.ts";
export {
  MOBILENET_V2,
  MOBILENET_V2_TRUNKS,
  mobileNetV2,
  type MobileNetV2Options,
  type MobileNetV2Variant,
  type Stage,
} from "./backbones/mobilenet-v2.ts";
export { localResponseNorm, VGG_F, vggF, type VggFOptions, type VggFVariant } from "./backbones/vgg-f.ts";
export { dcganCritic, dcganGenerator, type CriticOptions, type GeneratorOptions } from "./gan/dcgan.ts";
export { type GanLoss, leastSquaresLoss, vanillaGanLoss, wassersteinLoss } from "./gan/losses.ts";
export { mlpDiscriminator, mlpGenerator, type MlpDiscriminatorOptions, type MlpGeneratorOptions } from "./gan/mlp.ts";
export { wganGeneratorLoss, wganGpCriticLoss, type CriticLoss, type CriticLossOptions } from "./gan/wgan.ts";
export { flopCount, parameterCount } from "./analysis/count.ts";
export { receptiveField, type ReceptiveField } from "./analysis/receptive-field.ts";
export { deepSets, type DeepSetsOptions } from "./mil/deep-sets.ts";
export { type DynamicPooling, dynamicPooling, lengthOf, squash } from "./mil/dynamic-pooling.ts";
export {
  type InfoMax,
  INFOMAX_MODES,
  type InfoMaxInputs,
  type InfoMaxMode,
  type InfoMaxOptions,
  mutualInformation,
} from "./mil/infomax.ts";
export { logSumExpOverInstances, maxOverInstances, meanOverInstances, sumOverInstances } from "./mil/pooling.ts";
export { type SetTransformer, setTransformer, type SetTransformerOptions } from "./mil/set-transformer.ts";
