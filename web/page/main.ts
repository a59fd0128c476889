/** The page: what the person chooses goes to the worker, what comes back is drawn. */
import type { Method } from "intarsia/explain";
import type { NetworkName } from "intarsia/networks";
import type { Failure, MapCard, Notice, Requests } from "../protocol.ts";
import { pictureFromCamera } from "./camera.ts";
import { type Chosen, drawChoices, listenToSelects } from "./choices.ts";
import { createClient, RequestError } from "./client.ts";
import { byId, percent } from "./dom.ts";
import { download } from "./download.ts";
import { fitStage } from "./fit.ts";
import { listenForFiles } from "./intake.ts";
import { showMeasuring } from "./measured.ts";
import { offer, withdraw } from "./offer.ts";
import { drawStage } from "./stage.ts";
import { initialState, lacksFace, layerOf, methodOf, type State } from "./state.ts";
import { clearProblem, failureOf, showDone, showProblem, showProgress } from "./status.ts";

const state: State = initialState();
const client = createClient(new Worker(new URL("../worker/main.ts", import.meta.url), { type: "module" }));

const chosen: Chosen = {
  face: (face) => change({ face, target: null }),
  target: (target) => change({ target }),
  method: (method) => change({ method, comparing: false }),
  layer: (layer) => change({ layer }),
};

function draw(): void {
  drawStage(state, chosen.method);
  drawChoices(state, chosen);
}

/** Sets what was chosen, shows it, and asks. */
function change(part: Partial<State>): void {
  Object.assign(state, part);
  draw();
  void explain();
}

const hearProgress = (notice: Notice): void => {
  if (notice.type === "progress") showProgress(notice);
};

/** Why there is no network: it stays to be read while there is none. */
let missing: Failure | null = null;

/** Runs what the user asked for and shows errors. */
async function attempt(work: () => Promise<void>): Promise<void> {
  clearProblem();
  if (missing) showProblem(missing);
  try {
    await work();
  } catch (error) {
    tell(error);
  }
}

function tell(error: unknown): void {
  showProblem(failureOf(error));
  showDone("");
}

/** What was being done when something else came in, if that has not ended. */
let unfinished: (() => Promise<void>) | null = null;
const failed = (error: unknown): never => {
  unfinished = null;
  state.measured = null;
  draw();
  throw error;
};

/** A file that cannot be used changes nothing: what it interrupted goes on. */
async function interrupt(work: () => Promise<void>): Promise<void> {
  await attempt(() =>
    work().catch(async (error: unknown) => {
      tell(error);
      await unfinished?.();
    }),
  );
}

/** Longest sides of maps in pixels: one alone, and one of several. */
const SIDES = { one: 800, many: 360 };

/** How many questions there were: what is answered after another one was asked is not the last word. */
let asked = 0;

async function ask(): Promise<void> {
  const { network, picture, comparing, face, target } = state;
  const method = methodOf(state);
  if (!network || !picture || !method) return;
  unfinished = ask;
  const turn = ++asked;
  const methods = comparing ? network.methods.map(({ name }) => name) : [method.name];
  const layer = comparing ? state.layer : layerOf(state, method);
  const begin = performance.now();
  const maps = new Map<Method, MapCard>();
  const question = { face, methods, layer, target, side: comparing ? SIDES.many : SIDES.one };
  const hear = (notice: Notice): void => {
    if (notice.type === "progress") {
      showProgress(notice);
      return;
    }
    if (notice.type === "answer") state.answer = notice;
    else {
      maps.set(notice.map.method, notice.map);
      state.measured = comparing || notice.map.note ? null : "waiting";
    }
    state.maps = new Map(maps);
    draw();
  };
  // The worker may first have to leave what it is doing.
  showProgress({ text: "Asking the network", share: null });
  const count = await client.ask("explain", question, hear).catch(failed);
  if (count === null || turn !== asked) return;
  unfinished = null;
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  showDone(`${answerText()}. ${count === 1 ? "Explained" : `${count} methods`} in ${seconds} s`);
  if (state.measured === "waiting") void measure();
}

/** "happy, 99.8 %": what the network answered, for those who hear the page. */
function answerText(): string {
  const { network, answer } = state;
  if (!network || !answer) return "";
  const { index, probability } = answer.target;
  return `${lacksFace(state) ? "No face was found; " : ""}${network.classes[index]}, ${percent(probability)}`;
}

/** Asked after the map was drawn. The worker measures the map that it sent last. */
async function measure(): Promise<void> {
  unfinished = measure;
  showMeasuring(0);
  try {
    const found = await client.ask("measure", {}, (notice) => {
      if (notice.type === "progress") showMeasuring(notice.share ?? 0);
    });
    if (found === null) return;
    state.measured = found;
  } catch {
    state.measured = "failed";
  }
  if (unfinished === measure) unfinished = null;
  draw();
}

const explain = (): Promise<void> => attempt(ask);

/** A new picture or network: looks for faces if the network needs one, then asks. */
async function begin(): Promise<void> {
  Object.assign(state, { faces: [], face: null, target: null, answer: null, maps: new Map(), measured: null });
  draw();
  unfinished = null;
  if (!state.network || !state.picture) return;
  unfinished = begin;
  if (state.network.findsFaces) {
    const faces = await client.ask("faces", {}, hearProgress).catch(failed);
    if (faces === null) return;
    Object.assign(state, { faces, face: faces.length > 0 ? 0 : null });
    draw();
  }
  await ask();
}

const openPicture = (blob: Blob, name: string): Promise<void> =>
  interrupt(async () => {
    const picture = await client.ask("picture", { blob, name }, hearProgress);
    if (picture === null) return;
    state.picture = picture;
    if (!state.network)
      showDone(missing ? "The picture is here, but no network can answer" : "The picture is here; the network is not yet");
    await begin();
  });

type Weights = Requests["network"]["file"];

const openNetwork = (file: Weights, as: NetworkName | null = null): Promise<void> =>
  interrupt(async () => {
    const found = await client.ask("network", { file, as }, hearProgress).catch((error: unknown) => {
      if (!state.network) missing = failureOf(error);
      throw error;
    });
    if (found === null) return;
    withdraw();
    if (found.status === "choose") {
      offer(found, (name) => void openNetwork(file, name));
      showDone("It is not clear which network this is");
      return unfinished?.();
    }
    if (missing) clearProblem();
    missing = null;
    Object.assign(state, { network: found, layer: null, comparing: false });
    if (!found.methods.some(({ name }) => name === state.method)) state.method = "grad-cam";
    showDone(found.note ?? `${found.title} is ready`);
    await begin();
  });

const openSample = (): Promise<void> =>
  attempt(async () => {
    const response = await fetch(new URL("face/sample.jpg", document.baseURI)).catch(() => {
      throw new RequestError({ reason: "loading", message: "the sample photograph did not come: the server of this page does not answer" });
    });
    if (!response.ok) throw new Error("this copy of the page was built without the sample photograph");
    await openPicture(await response.blob(), "sample.jpg");
  });

const openCamera = (): Promise<void> =>
  attempt(async () => {
    const blob = await pictureFromCamera();
    if (blob) await openPicture(blob, "camera.png");
  });

listenForFiles({
  picture: (blob, name) => void openPicture(blob, name),
  weights: (blob, name) => void openNetwork({ blob, name }),
  sample: () => void openSample(),
  camera: () => void openCamera(),
  leftOut: (names) => {
    state.leftOut = names;
    draw();
  },
});
listenToSelects(chosen);
byId("shipped", HTMLButtonElement).addEventListener("click", () => void openNetwork(null));
byId("compare", HTMLButtonElement).addEventListener("click", () => change({ comparing: !state.comparing }));
byId("download", HTMLButtonElement).addEventListener("click", () => void attempt(() => download(state)));

byId("dead", HTMLElement).remove();
fitStage();
draw();
void attempt(async () => {
  const device = await client.ask("open", { base: document.baseURI }, hearProgress).catch((error: unknown) => {
    missing = failureOf(error);
    throw error;
  });
  byId("device", HTMLElement).textContent = device ? `${device.software ? "On the CPU: " : ""}${device.description}` : "";
  await openNetwork(null);
});
