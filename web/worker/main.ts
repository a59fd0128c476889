/** The worker: it holds the device, the networks and the pixels, and answers the page's requests one after another. */
import { UserError } from "intarsia/data";
import { type Device, DeviceError, openDevice } from "intarsia/runtime";
import type { Rectangle } from "intarsia/data";
import { createFaceFinder, type FaceFinder, type FaceWeights } from "intarsia/networks";
import type { Failure, Kind, Notice, Pixels, Reply, Request, Requests, Results } from "../protocol.ts";
import { answer, measured, type Seen } from "./explain.ts";
import { createExplainers, type Explainers } from "./explainers.ts";
import { finderTensors, LoadingError } from "./files.ts";
import { createJobs, type Job } from "./jobs.ts";
import { openNetwork, type Ready } from "./networks.ts";
import { around, decodePicture, shrunk, whole } from "./pictures.ts";

interface Opened {
  readonly device: Device;
  readonly explainers: Explainers;
  readonly base: string;
}

let opened: Opened | null = null;
/** Why there is no device. */
let refused: unknown = null;
let network: Ready | null = null;
let picture: Pixels | null = null;
let faces: readonly Rectangle[] = [];
let finder: FaceFinder | null = null;
/** The map that can be measured. */
let seen: Seen | null = null;

const PREVIEW = 960;
const THUMBNAIL = 112;

function need<T>(value: T | null, what: string): T {
  if (value === null) throw new UserError(what);
  return value;
}
function theDevice(): Opened {
  if (refused) throw refused;
  return need(opened, "the GPU is not open yet");
}

/** Fetched behind the first network, so that a picture need not wait for it, nor for the connection. */
let finderFiles: Promise<FaceWeights> | null = null;
function theFinderFiles(base: string): Promise<FaceWeights> {
  finderFiles ??= finderTensors(base).catch((error: unknown) => {
    finderFiles = null;
    throw error;
  });
  return finderFiles;
}

const handlers: { readonly [K in Kind]: (body: Requests[K], job: Job) => Promise<Results[K]> } = {
  async open({ base }, { progress }) {
    progress("Opening the GPU");
    const device = await openDevice().catch((error: unknown) => {
      refused = error;
      throw error;
    });
    opened = { device, explainers: createExplainers(device), base };
    return { description: device.description, software: device.software };
  },
  async picture({ blob, name }, { progress }) {
    progress(`Reading ${name}`);
    const decoded = await decodePicture(blob, name);
    picture = decoded.pixels;
    faces = [];
    seen = null;
    return { name, width: picture.width, height: picture.height, from: decoded.from, preview: shrunk(picture, whole(picture), PREVIEW) };
  },
  async network(body, job) {
    const { device, explainers, base } = theDevice();
    const found = await openNetwork(device, body, base, job);
    if ("status" in found) return found;
    explainers.forget();
    network?.measurer.dispose();
    network?.store.dispose();
    network = found;
    seen = null;
    if (network.card.findsFaces) theFinderFiles(base).catch(() => null);
    return found.card;
  },
  async faces(_, job) {
    const { device, base } = theDevice();
    const shown = need(picture, "there is no picture yet");
    job.progress("Loading the face finder");
    finder ??= await createFaceFinder(device, await theFinderFiles(base));
    job.signal.throwIfAborted();
    job.progress("Looking for faces");
    faces = await finder.find(shown);
    return faces.map((box) => ({ box, thumbnail: shrunk(shown, around(box, shown), THUMBNAIL) }));
  },
  async explain(question, job) {
    const { explainers } = theDevice();
    const subject = { picture: need(picture, "choose a picture first"), network: need(network, "choose a network first"), faces };
    seen = null;
    seen = await answer(subject, question, explainers, job);
    return question.methods.length;
  },
  measure: async (_, job) => seen && measured(seen, job),
};

const jobs = createJobs();
const post = (reply: Reply, transfer: Transferable[] = []): void => self.postMessage(reply, { transfer });

self.addEventListener("message", ({ data }: MessageEvent<Request>) => void serve(data));

async function serve<K extends Kind>({ id, kind, body }: Request<K>): Promise<void> {
  try {
    const result = await jobs.run(kind, (signal) => {
      const tell = (notice: Notice): void => {
        if (!signal.aborted) post({ id, type: "notice", notice });
      };
      const handler: (body: Requests[K], job: Job) => Promise<Results[K]> = handlers[kind];
      return handler(body, { signal, tell, progress: (text, share = null) => tell({ type: "progress", text, share }) });
    });
    post({ id, type: "done", result });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") post({ id, type: "cancelled" });
    else post({ id, type: "failed", failure: failureOf(error) });
  }
}

function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof LoadingError) return { reason: "loading", message };
  if (error instanceof UserError) return { reason: "input", message };
  if (error instanceof DeviceError) return { reason: error.kind === "adapter" ? "no-webgpu" : "gpu", message };
  return { reason: error instanceof Error && error.name === "ProgramError" ? "gpu" : "bug", message };
}
