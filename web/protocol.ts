/** The messages between the page and its worker. The page holds no tensors, the worker no elements. */
import type { Rectangle } from "intarsia/data";
import type { Faithfulness, Method } from "intarsia/explain";
import type { LikelyNetwork, NetworkName } from "intarsia/networks";

/** What the page may ask for. A later request of the same kind, or one that makes an earlier one obsolete, cancels it. */
export interface Requests {
  /** Opens the GPU. `base`: address of the page, below which its files lie. */
  readonly open: { readonly base: string };
  readonly picture: { readonly blob: Blob; readonly name: string };
  /** `file`: null is the shipped network. `as`: the network that the user chose for it; null: to be recognised. */
  readonly network: { readonly file: { readonly blob: Blob; readonly name: string } | null; readonly as: NetworkName | null };
  /** Looks for faces in the picture. */
  readonly faces: Record<string, never>;
  readonly explain: Question;
  /** Measures the map that was sent last. */
  readonly measure: Record<string, never>;
}

export type Kind = keyof Requests;

export interface Question {
  /** Which of the faces; null: the whole picture. */
  readonly face: number | null;
  /** One map for each, in this order. */
  readonly methods: readonly Method[];
  /** Path; null: the network's own choice. A method that is bound to another layer takes that. */
  readonly layer: string | null;
  /** Class number; null: the most likely one. */
  readonly target: number | null;
  /** Longest side of what is drawn, in pixels. */
  readonly side: number;
}

export interface Results {
  readonly open: DeviceCard;
  readonly picture: PictureCard;
  readonly network: NetworkCard | NetworkChoice;
  readonly faces: readonly FaceCard[];
  /** How many maps were sent. */
  readonly explain: number;
  /** Null: there is no such map, or nothing on it. */
  readonly measure: Faithfulness | null;
}

export interface DeviceCard {
  readonly description: string;
  /** A CPU does the work. */
  readonly software: boolean;
}

export interface PictureCard {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** [width, height] of a picture that was too large and was made smaller; null: it is as it was. */
  readonly from: readonly [number, number] | null;
  readonly preview: Pixels;
}

export interface NetworkCard {
  readonly status: "loaded";
  readonly name: NetworkName;
  readonly title: string;
  /** "7 classes, 112 x 112 pixels" */
  readonly summary: string;
  readonly classes: readonly string[];
  readonly methods: readonly MethodCard[];
  readonly layers: readonly LayerCard[];
  /** The default layer of the class activation family. */
  readonly features: string;
  readonly findsFaces: boolean;
  /** Keys that were passed over, or null. */
  readonly note: string | null;
}

/** The file may be of several networks, or of none exactly: a person chooses, or leaves it. */
export interface NetworkChoice {
  readonly status: "choose";
  readonly reason: string;
  /** The closest first. */
  readonly candidates: readonly LikelyNetwork[];
}

export interface MethodCard {
  readonly name: Method;
  readonly title: string;
  readonly kind: "layer" | "pixels";
  readonly layer: "none" | "any" | "spatial" | "features";
  /** What its map shows, in a sentence. */
  readonly plain: string;
  readonly formula: string;
  readonly paper: string;
}

export interface LayerCard {
  readonly path: string;
  /** [K, h, w], or [K] of a fully connected one. */
  readonly shape: readonly number[];
  /** The last of its size. */
  readonly main: boolean;
}

export interface FaceCard {
  readonly box: Rectangle;
  readonly thumbnail: Pixels;
}

/** RGBA, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

export interface Score {
  readonly index: number;
  readonly probability: number;
}

/** What comes before a request is done. */
export type Notice =
  | { readonly type: "progress"; readonly text: string; readonly share: number | null }
  /** The network's answer; `picture` is what the maps lie on. */
  | { readonly type: "answer"; readonly best: readonly Score[]; readonly target: Score; readonly picture: Pixels }
  | { readonly type: "map"; readonly map: MapCard };

export interface MapCard {
  readonly method: Method;
  readonly layer: string | null;
  readonly filter: number | null;
  /** Why there is nothing to see, or null. */
  readonly note: string | null;
  /** The map's numbers at both ends of the colours. */
  readonly least: number;
  readonly largest: number;
  /** The picture with the heat over it. */
  readonly drawn: Pixels;
}

/**
 * input: what a person gave cannot be used; loading: a file of the page did not come; camera: it gave no picture; no-webgpu: nothing here can
 * run; gpu: it failed; bug: we did.
 */
export interface Failure {
  readonly reason: "input" | "loading" | "camera" | "no-webgpu" | "gpu" | "bug";
  readonly message: string;
}

export type Request<K extends Kind = Kind> = { [P in K]: { readonly id: number; readonly kind: P; readonly body: Requests[P] } }[K];

export type Reply =
  | { readonly id: number; readonly type: "notice"; readonly notice: Notice }
  | { readonly id: number; readonly type: "done"; readonly result: Results[Kind] }
  | { readonly id: number; readonly type: "failed"; readonly failure: Failure }
  | { readonly id: number; readonly type: "cancelled" };

/** The jet colours, from 0 to 1, for colour bars: what the worker paints maps with. */
export const JET_STOPS = ["#000080", "#0000ff", "#00ffff", "#ffff00", "#ff0000", "#800000"] as const;
export const JET_PLACES = [0, 0.125, 0.375, 0.625, 0.875, 1] as const;
