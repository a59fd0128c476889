/** What a trained network is: its name, its layers by path, how a picture becomes its input, what its classes are called, and whose weights fit it. Runs in browsers. */
export { createFaceFinder, type FaceFinder, type FaceWeights } from "./faces/finder.ts";
export {
  decodeFaces,
  decodeSsd,
  type DetectOptions,
  expressionBox,
  type FoundFace,
  pixelBox,
  placeLandmarks,
  type Point,
  recognitionBox,
} from "./faces/geometry.ts";
export { asUserError, fitWeights, type FormOptions, type Loaded, loadTensors, untrained } from "./fit.ts";
export { IMAGENET } from "./imagenet.ts";
export { layerPath, type Network, networkOf, tappedNetwork } from "./network.ts";
export {
  type BuildOptions,
  classNamer,
  NETWORK_NAMES,
  type NetworkEntry,
  type NetworkName,
  networkEntry,
  NETWORKS,
  inputShape,
} from "./registry.ts";
export { type LikelyNetwork, likelyNetworks, recognisedNetworks } from "./recognise.ts";
export { type Preparation, type PreparedPicture, preparePicture } from "./prepare.ts";
