/** The panel next to the picture: network, classes, methods, layers, faces. Redrawn from the state. */
import type { Method } from "intarsia/explain";
import type { LayerCard, NetworkCard, PictureCard } from "../protocol.ts";
import { byId, type Choice, make, options, paint, percent, radios, within } from "./dom.ts";
import { layerOf, methodOf, serves, type State } from "./state.ts";

export interface Chosen {
  readonly face: (face: number | null) => void;
  readonly target: (target: number) => void;
  readonly method: (method: Method) => void;
  readonly layer: (layer: string) => void;
}

const panels = {
  classes: byId("classes", HTMLFieldSetElement),
  methods: byId("methods", HTMLFieldSetElement),
  layers: byId("layers", HTMLFieldSetElement),
  faces: byId("faces", HTMLFieldSetElement),
};
const otherClass = byId("other-class", HTMLSelectElement);
const anyLayer = byId("any-layer", HTMLSelectElement);

export function listenToSelects({ target, layer }: Chosen): void {
  otherClass.addEventListener("change", () => otherClass.value !== "" && target(Number(otherClass.value)));
  anyLayer.addEventListener("change", () => layer(anyLayer.value));
}

export function drawChoices(state: State, chosen: Chosen): void {
  const { network, picture } = state;
  byId("picture-name", HTMLElement).textContent = picture ? describePicture(picture) : "None yet";
  byId("network-name", HTMLElement).textContent = network?.title ?? "None yet";
  byId("network-summary", HTMLElement).textContent = network ? [network.summary, network.note].filter(Boolean).join(" · ") : "";
  byId("shipped", HTMLElement).setAttribute("aria-pressed", String(network?.findsFaces ?? false));
  const ready = network !== null && picture !== null;
  panels.classes.hidden = !ready || state.answer === null;
  panels.methods.hidden = panels.layers.hidden = !ready;
  panels.faces.hidden = !ready || !network.findsFaces || state.faces.length === 0;
  if (!ready) return;
  drawClasses(state, network, chosen);
  drawMethods(state, network, chosen);
  drawLayers(state, network, chosen);
  if (!panels.faces.hidden) drawFaces(state, chosen);
}

/** "cat.jpg, 640 × 480" */
function describePicture({ name, width, height, from }: PictureCard): string {
  const size = `${width} × ${height}`;
  return from ? `${name}, ${from.join(" × ")}, made smaller: ${size}` : `${name}, ${size}`;
}

function drawClasses({ answer, target }: State, network: NetworkCard, chosen: Chosen): void {
  if (!answer) return;
  const current = target ?? answer.target.index;
  const listed = answer.best.some(({ index }) => index === answer.target.index) ? answer.best : [...answer.best, answer.target];
  const choices = listed.map(({ index, probability }): Choice => {
    const fill = make("span");
    fill.style.width = `${100 * probability}%`;
    const label = [
      make("span", { class: "name" }, network.classes[index]),
      make("span", { class: "share" }, percent(probability)),
      make("span", { class: "track", "aria-hidden": "true" }, fill),
    ];
    return { value: String(index), label, look: "score" };
  });
  const into = within(panels.classes, ".scores", HTMLElement);
  radios(into, "class", choices, String(current), (value) => chosen.target(Number(value)));
  byId("other", HTMLElement).hidden = network.classes.length <= listed.length;
  if (network.classes.length > listed.length && otherClass.options.length !== network.classes.length + 1)
    options(otherClass, [["", "choose…"], ...network.classes.map((name, index) => [String(index), name] as const)], null);
  otherClass.value = answer.best.some(({ index }) => index === current) ? "" : String(current);
}

function drawMethods(state: State, { methods }: NetworkCard, chosen: Chosen): void {
  for (const kind of ["layer", "pixels"] as const) {
    const choices = methods
      .filter((method) => method.kind === kind)
      .map(({ name, title }): Choice => ({ value: name, label: [title], look: "chip" }));
    const choose = (value: string): void => {
      const method = methods.find(({ name }) => name === value);
      if (method) chosen.method(method.name);
    };
    radios(byId(`method-${kind}`, HTMLElement), "method", choices, state.method, choose);
  }
  const method = methodOf(state);
  byId("words", HTMLElement).textContent = method?.plain ?? "";
  byId("formula", HTMLElement).textContent = method ? `${method.formula}. ${method.paper}.` : "";
}

function drawLayers(state: State, { layers, features }: NetworkCard, chosen: Chosen): void {
  const method = methodOf(state);
  const current = method ? layerOf(state, method) : null;
  const choosable = method?.layer === "any" || method?.layer === "spatial";
  panels.layers.disabled = !choosable;
  const mains = layers
    .filter(({ main }) => main)
    .map((layer): Choice => {
      const size = make("small", {}, sizeText(layer));
      return { value: layer.path, label: [layer.path, make("span", { class: "unseen" }, ", "), size], look: "chip" };
    });
  radios(within(panels.layers, ".chips", HTMLElement), "layer", mains, current, chosen.layer);
  const possible = layers.filter((layer) => (method && choosable ? serves(method, layer) : layer.path === features));
  options(
    anyLayer,
    possible.map((layer) => [layer.path, `${layer.path}  ·  ${layer.shape[0]} of ${sizeText(layer) || "1"}`]),
    current,
  );
}

const sizeText = ({ shape: [, ...places] }: LayerCard): string => places.join(" × ");

function drawFaces({ faces, face }: State, chosen: Chosen): void {
  const choices = faces.map(({ thumbnail }, i): Choice => {
    const canvas = make("canvas", { role: "img", "aria-label": `Face ${i + 1}` });
    paint(canvas, thumbnail);
    return { value: String(i), label: [canvas], look: "thumb" };
  });
  const all: Choice = { value: "", label: ["Whole picture"], look: "thumb text" };
  const choose = (value: string): void => chosen.face(value === "" ? null : Number(value));
  radios(within(panels.faces, ".thumbs", HTMLElement), "face", [...choices, all], face === null ? "" : String(face), choose);
}
