/** A LeNet that learnt the classes of the images: its features are what generated images are compared in. */
import { hashText, hex32 } from "../../data/hash.ts";
import type { DataSet, Sample } from "../../data/sets/index.ts";
import { classesCovered, frechetDistance, gaussianOf, precisionRecall } from "../../metrics/index.ts";
import { adam, crossEntropy, lenet, nn } from "../../models/index.ts";
import type { Device } from "../../runtime/device.ts";
import { accuracy, fit, supervised } from "../../training/index.ts";
import type { Host } from "../../training/host.ts";
import { RESULT_FILE, type RunKind, prettyJson, writeRun } from "../../training/run-files.ts";
import type { GanConfig } from "./config.ts";
import { classNamesOf, type GanData, someOf } from "./data.ts";

export const JUDGE_KIND: RunKind = { format: "intarsia-gan-judge-run", command: "intarsia gan (its judge)" };

const BATCH = 64;
/** Numbers that an image is described by. */
const FEATURES = 64;
/** Neighbours of precision and recall, as the paper has it. */
const NEIGHBOURS = 3;

/** What `--json` tells of a set of images. */
export interface GanScores {
  /** Frechet distance of the features to those of held-out images. */
  readonly frechet: number;
  readonly precision: number;
  readonly recall: number;
  /** Classes that the judge finds among them. */
  readonly covered: number;
}

export interface Judge {
  readonly classes: number;
  /** Its share of right answers on held-out images. */
  readonly accuracy: number;
  /** Images f32 [channels, 32, 32] in 0..1 against as many held-out ones. */
  scores(images: readonly Float32Array[]): Promise<GanScores>;
  /** The same of training images: what a perfect generator would reach. */
  real(): Promise<GanScores>;
  dispose(): void;
}

/** What decides a judge, and so the name of its folder: runs of one data set share one. */
export function judgeName({ channels, judgeImages, judgeEpochs }: GanConfig, data: string, device: Device): string {
  const identity = JSON.stringify({ channels, judgeImages, judgeEpochs, data, adapter: device.description, FEATURES });
  return `gan-judge-${hex32(hashText(identity))}`;
}

/** Trains the judge, or loads what `host` has of it. Null: the images have no classes to learn. */
export async function openJudge(device: Device, host: Host, config: GanConfig, data: GanData): Promise<Judge | null> {
  const classes = classNamesOf(data)?.length;
  if (classes === undefined) return null;
  const { judgeImages, judgeEpochs, channels } = config;
  const train = someOf(data.train, judgeImages);
  const held = someOf(data.test, Math.max(config.judged, 2));
  await writeRun(host.files, JUDGE_KIND, { channels, classes, judgeImages, judgeEpochs });
  const task = supervised({
    model: (p, { x }) => {
      const { global: features } = lenet(p, x, { features: FEATURES });
      return { features, logits: nn.linear(p.at("classifier"), features, { out: classes }) };
    },
    loss: ({ logits }, { y }) => crossEntropy(logits, y, { reduction: "none" }),
    metrics: { accuracy: ({ logits }, { y }) => accuracy(logits, y) },
    optimizer: adam({ lr: 1e-3 }),
  });
  const trained = await fit(device, task, train, { epochs: judgeEpochs, batch: BATCH, host, resume: true, identity: { classes } });
  const { accuracy: right } = await trained.evaluate(held);
  await host.files.write(RESULT_FILE, prettyJson({ accuracy: right, images: held.size }));
  const describe = async (samples: DataSet | readonly Sample[]) => {
    const answers = await trained.predict(samples);
    return {
      features: answers.map(({ features }) => features.data),
      labels: answers.map(({ logits }) => logits.data.indexOf(Math.max(...logits.data))),
    };
  };
  const { features: reference } = await describe(held);
  const gaussian = gaussianOf(reference);
  const scores = async (samples: DataSet | readonly Sample[]): Promise<GanScores> => {
    const { features, labels } = await describe(samples);
    const k = Math.min(NEIGHBOURS, features.length - 1, reference.length - 1);
    return {
      frechet: frechetDistance(gaussian, gaussianOf(features)),
      ...precisionRecall(reference, features, { k }),
      covered: classesCovered(labels, classes),
    };
  };
  return {
    classes,
    accuracy: right,
    scores: (images) => scores(images.map((x) => ({ x }))),
    real: () => scores(someOf(data.train, held.size)),
    dispose: trained.dispose,
  };
}
