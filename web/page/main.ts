/** The page: what the person chooses goes to the worker, what comes back is drawn. */
import type { Method } from "intarsia/explain";
import type { NetworkName } from "intarsia/networks";
import type { MapCard, NetworkChoice, Notice, Requests } from "../protocol.ts";
import { pictureFromCamera } from "./camera.ts";
import { type Chosen, drawChoices, listenToSelects } from "./choices.ts";
import { createClient, RequestError } from "./client.ts";
import { byId, options } from "./dom.ts";
import { download } from "./download.ts";
import { listenForFiles } from "./intake.ts";
import { drawStage } from "./stage.ts";
import { initialState, layerOf, methodOf, type State } from "./state.ts";
import { clearProblem, showDone, showProblem, showProgress } from "./status.ts";

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

/** Runs what the user asked for and shows errors. */
async function attempt(work: () => Promise<void>): Promise<void> {
  clearProblem();
  try {
    await work();
  } catch (error) {
    tell(error);
  }
}

function tell(error: unknown): void {
  if (error instanceof RequestError) showProblem(error.failure);
  else showProblem({ reason: "input", message: error instanceof Error ? error.message : String(error) });
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
  const count = await client.ask("explain", question, hear).catch(failed);
  if (count === null || turn !== asked) return;
  unfinished = null;
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const lost = network.findsFaces && state.faces.length === 0 ? ". No face was found: the whole picture is taken for one" : "";
  showDone(`${count === 1 ? "Explained" : `${count} methods`} in ${seconds} s${lost}`);
  if (state.measured === "waiting") void measure();
}

/** Asked after the map was drawn. The worker measures the map that it sent last. */
async function measure(): Promise<void> {
  unfinished = measure;
  try {
    const found = await client.ask("measure", {});
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
    showDone(state.network ? "" : "The picture is here; the network is not yet");
    await begin();
  });

const choice = byId("network-choice", HTMLFormElement);
const choiceSelect = byId("network-as", HTMLSelectElement);
let undecided: Requests["network"]["file"] = null;

const openNetwork = (file: Requests["network"]["file"], as: NetworkName | null = null): Promise<void> =>
  interrupt(async () => {
    const found = await client.ask("network", { file, as }, hearProgress);
    if (found === null) return;
    choice.hidden = true;
    if (found.status === "choose") {
      offer(file, found);
      return unfinished?.();
    }
    Object.assign(state, { network: found, layer: null, comparing: false });
    if (!found.methods.some(({ name }) => name === state.method)) state.method = "grad-cam";
    showDone(found.note ?? `${found.title} is ready`);
    await begin();
  });

function offer(file: Requests["network"]["file"], { reason, names }: NetworkChoice): void {
  undecided = file;
  byId("network-reason", HTMLElement).textContent = `${reason} Which one is it?`;
  options(
    choiceSelect,
    names.map((name) => [name, name]),
    names[0],
  );
  choice.hidden = false;
  showDone("The network is not clear: choose one");
  choiceSelect.focus();
}

choice.addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = choiceSelect;
  // The options are the names that the worker sent.
  void openNetwork(undecided, value as NetworkName);
});

const openSample = (): Promise<void> =>
  attempt(async () => {
    const response = await fetch(new URL("face/sample.jpg", document.baseURI));
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
});
listenToSelects(chosen);
byId("shipped", HTMLButtonElement).addEventListener("click", () => void openNetwork(null));
byId("compare", HTMLButtonElement).addEventListener("click", () => change({ comparing: !state.comparing }));
byId("download", HTMLButtonElement).addEventListener("click", () => void attempt(() => download(state)));

draw();
void attempt(async () => {
  const device = await client.ask("open", { base: document.baseURI }, hearProgress);
  byId("device", HTMLElement).textContent = device ? `${device.software ? "On the CPU: " : ""}${device.description}` : "";
  await openNetwork(null);
});
