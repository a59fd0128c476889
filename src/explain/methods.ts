/** The class activation family and the gradients, by name: what a command line or a page chooses from. */

export interface MethodEntry {
  readonly title: string;
  /** What its map shows, for people who have not read the paper. */
  readonly plain: string;
  /** "layer": one value per unit of a layer, enlarged to the picture; "pixels": one per element of the network's input. */
  readonly kind: "layer" | "pixels";
  /** Whether it looks at a layer: "spatial" needs a layer with positions, "any" takes a fully connected one too, "features" only the last one. */
  readonly layer: "none" | "any" | "spatial" | "features";
  readonly formula: string;
  readonly paper: string;
}

/** A = the layer's output, g = d score / d A, both [K, h, w]; x = the network's input [C, H, W]. */
export const METHODS = {
  cam: {
    title: "CAM",
    plain: "Where the last layer found what the network counts for this class.",
    ...{ kind: "layer", layer: "features" },
    formula: "sum over k of w[class, k] A[k], where w is the one linear layer behind the average",
    paper: "Zhou et al., arXiv:1512.04150",
  },
  "grad-cam": {
    title: "Grad-CAM",
    plain: "The areas whose content, as this layer sees it, raised the score of the class. A good first look.",
    ...{ kind: "layer", layer: "spatial" },
    formula: "ReLU(sum over k of mean(g[k]) A[k])",
    paper: "Selvaraju et al., arXiv:1610.02391",
  },
  "grad-cam++": {
    title: "Grad-CAM++",
    plain: "Like Grad-CAM, but several or small things of the class count as much as one large thing.",
    ...{ kind: "layer", layer: "spatial" },
    formula: "ReLU(sum over k of w[k] A[k]), w[k] = sum of ReLU(g) g^2 / (2 g^2 + sum(A[k]) g^3)",
    paper: "Chattopadhay et al., arXiv:1710.11063",
  },
  activation: {
    title: "Activation map",
    plain: "Where one detector of this layer responded: the one that spoke most for the class.",
    ...{ kind: "layer", layer: "spatial" },
    formula: "A[k] of one filter: the given one, or the one with the largest sum of g[k] A[k]",
    paper: "Zhou et al., arXiv:1412.6856",
  },
  "input-gradient": {
    title: "Input gradient",
    plain: "The pixels of which a small change would change the score most. Often noisy.",
    ...{ kind: "pixels", layer: "none" },
    formula: "d score / d x; the heatmap is its largest magnitude over the channels",
    paper: "Simonyan et al., arXiv:1312.6034",
  },
  deconvnet: {
    title: "DeconvNet",
    plain: "The score sent back to the pixels, only what supports it. Much the same for every class: it shows edges more than reasons.",
    ...{ kind: "pixels", layer: "none" },
    formula: "d score / d x, but a ReLU passes back ReLU(dy)",
    paper: "Zeiler and Fergus, arXiv:1311.2901",
  },
  "guided-backprop": {
    title: "Guided backpropagation",
    plain: "The fine edges that excited the network on the way to this class. Sharp, but only loosely tied to the class.",
    ...{ kind: "pixels", layer: "none" },
    formula: "d score / d x, but a ReLU passes back ReLU(dy) where its input is above 0",
    paper: "Springenberg et al., arXiv:1412.6806",
  },
  "deconvnet-guided": {
    title: "DeconvNet + GB",
    plain: "The pixels that excited one detector of this layer: the one that spoke most for the class.",
    ...{ kind: "pixels", layer: "any" },
    formula: "one filter's own activations A[k] sent back to x by the rule of guided backpropagation",
    paper: "Gruen et al., arXiv:1606.07757 (the thesis' baseline Deconv+GB)",
  },
  "guided-grad-cam": {
    title: "Guided Grad-CAM",
    plain: "The fine edges of guided backpropagation, but only where Grad-CAM looked.",
    ...{ kind: "pixels", layer: "spatial" },
    formula: "guided backpropagation times Grad-CAM, enlarged",
    paper: "Selvaraju et al., arXiv:1610.02391",
  },
  "guided-grad-cam++": {
    title: "Guided Grad-CAM++",
    plain: "The fine edges of guided backpropagation, but only where Grad-CAM++ looked.",
    ...{ kind: "pixels", layer: "spatial" },
    formula: "guided backpropagation times Grad-CAM++, enlarged",
    paper: "Chattopadhay et al., arXiv:1710.11063",
  },
} as const satisfies Record<string, MethodEntry>;

export type Method = keyof typeof METHODS;

export const METHOD_NAMES = Object.keys(METHODS) as Method[];
