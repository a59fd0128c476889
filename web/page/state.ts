/** What the person has chosen, and what has been found out about it. Plain data; `main.ts` changes it. */
import type { Faithfulness, Method } from "intarsia/explain";
import type { FaceCard, LayerCard, MapCard, MethodCard, NetworkCard, PictureCard, Pixels, Score } from "../protocol.ts";

export interface Answer {
  readonly best: readonly Score[];
  readonly target: Score;
  readonly picture: Pixels;
}

export interface State {
  picture: PictureCard | null;
  /** Names of the files that came with the last ones and were not taken. */
  leftOut: readonly string[];
  network: NetworkCard | null;
  faces: readonly FaceCard[];
  /** Which face; null: the whole picture. */
  face: number | null;
  method: Method;
  /** Null: the network's own choice. */
  layer: string | null;
  /** Null: the most likely class. */
  target: number | null;
  comparing: boolean;
  answer: Answer | null;
  maps: ReadonlyMap<Method, MapCard>;
  /** Of the one map that is seen; null: it is not measured. */
  measured: Faithfulness | "waiting" | "failed" | null;
}

export const initialState = (): State => ({
  ...{ picture: null, leftOut: [], network: null, faces: [], face: null, method: "grad-cam", layer: null, target: null, comparing: false },
  ...{ answer: null, maps: new Map(), measured: null },
});

/** A network of faces was asked about a picture in which none was found. */
export const lacksFace = ({ network, faces }: State): boolean => network?.findsFaces === true && faces.length === 0;

export const methodOf = ({ network, method }: State): MethodCard | undefined => network?.methods.find(({ name }) => name === method);

/** Whether a method can look at a layer. */
export function serves({ layer }: MethodCard, { shape }: LayerCard): boolean {
  const spatial = shape.length === 3 && shape[1] * shape[2] > 1;
  return layer === "any" || (layer === "spatial" && spatial);
}

/** The layer that will be looked at: the chosen one if the method can use it, else the network's default; null: the method has no layer. */
export function layerOf({ network, layer }: State, method: MethodCard): string | null {
  if (!network || method.layer === "none") return null;
  const chosen = network.layers.find(({ path }) => path === layer);
  return chosen && serves(method, chosen) ? chosen.path : network.features;
}
