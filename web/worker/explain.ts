/** The answer to one question: the network's best classes, then map after map, painted over the picture. And a map's numbers. */
import { UserError } from "intarsia/data";
import type { Rectangle } from "intarsia/data";
import {
  CURVE_STEPS,
  type ExplainedMap,
  type Explanation,
  type Faithfulness,
  highestScores,
  METHODS,
  overlay,
  ranked,
  stretched,
} from "intarsia/explain";
import { preparePicture } from "intarsia/networks";
import type { MapCard, Pixels, Question, Score } from "../protocol.ts";
import type { Explainers } from "./explainers.ts";
import type { Job } from "./jobs.ts";
import type { Ready } from "./networks.ts";
import { around, asPixels, type Scene, sceneOf, whole } from "./pictures.ts";

/** The classes that the page lists. */
const LISTED = 10;

export interface Subject {
  readonly picture: Pixels;
  readonly faces: readonly Rectangle[];
  readonly network: Ready;
}

/** The map that was sent last, and what it shows. */
export interface Seen {
  readonly network: Ready;
  readonly input: Float32Array;
  readonly map: ExplainedMap;
}

export async function answer(subject: Subject, question: Question, explainers: Explainers, job: Job): Promise<Seen> {
  const { picture, network } = subject;
  const face = question.face === null ? undefined : subject.faces[question.face];
  const { input, view } = preparePicture(picture, network.preparation, face);
  const scene = sceneOf(picture, view, face ? around(face, picture) : whole(picture), question.side);
  let seen: Seen | null = null;
  for (const method of question.methods) {
    const explainer = await explainers.get(network, method, question.layer, job);
    job.signal.throwIfAborted();
    job.progress(`Asking the network: ${METHODS[method].title}`);
    const [explanation] = await explainer.explain([input], [question.target ?? ranked(0)]);
    job.signal.throwIfAborted();
    const [map] = explanation.maps;
    if (!seen) job.tell({ type: "answer", ...scores(explanation, map.class), picture: scene.picture });
    job.tell({ type: "map", map: cardOf(map, scene) });
    seen = { network, input, map };
  }
  if (!seen) throw new UserError("no method was chosen");
  return seen;
}

/** As `intarsia explain` measures it. Null: there is nothing on the map. */
export async function measured({ network, input, map }: Seen, { signal }: Job): Promise<Faithfulness | null> {
  return map.note ? null : network.measurer.faithfulness(input, map.heat, map.class, CURVE_STEPS, signal);
}

function scores({ logits, probabilities }: Explanation, target: number): { readonly best: readonly Score[]; readonly target: Score } {
  const score = (index: number): Score => ({ index, probability: probabilities[index] });
  return { best: highestScores(logits, LISTED).map(score), target: score(target) };
}

/** What the eye gets, as `intarsia explain` draws it: maps of pixels are a few strong points on nothing, so they are stretched. */
function cardOf({ method, layer, filter, note, heat }: ExplainedMap, { picture, view }: Scene): MapCard {
  const isLayer = METHODS[method].kind === "layer";
  const shown = isLayer ? heat : stretched(heat);
  const { width, height } = picture;
  const strength = isLayer ? ([0.36, 0.58] as const) : ([0.55, 0.85] as const);
  const drawn = asPixels(overlay(picture, note ? null : shown, { view, width, height, strength }));
  return { method, layer, filter, note, least: shown.least, largest: shown.largest, drawn };
}
