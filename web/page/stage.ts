/** The picture with the heat over it, or all methods side by side. */
import type { Method } from "intarsia/explain";
import type { MapCard, Pixels } from "../protocol.ts";
import { byId, make, paint, percent, short } from "./dom.ts";
import { drawMeasured } from "./measured.ts";
import { lacksFace, methodOf, type State } from "./state.ts";

const welcome = byId("welcome", HTMLElement);
const figure = byId("figure", HTMLElement);
const picture = byId("picture", HTMLCanvasElement);
const heat = byId("heat", HTMLCanvasElement);
const note = byId("note", HTMLElement);
const tiles = byId("tiles", HTMLElement);
const opacity = byId("opacity", HTMLInputElement);
const tools = byId("tools", HTMLElement);
const compare = byId("compare", HTMLButtonElement);
const scale = byId("scale", HTMLElement);
const faceless = byId("faceless", HTMLElement);
const leftOut = byId("left-out", HTMLElement);

opacity.addEventListener("input", () => {
  heat.style.opacity = String(Number(opacity.value) / 100);
});

/** How much of the heat is shown, 0 to 1. */
export const heatShare = (): number => Number(opacity.value) / 100;

/** Pixels are put on a canvas once; the key is the array itself. */
const painted = new WeakMap<HTMLCanvasElement, Pixels>();
function paintOnce(canvas: HTMLCanvasElement, pixels: Pixels): void {
  if (painted.get(canvas) === pixels) return;
  paint(canvas, pixels);
  painted.set(canvas, pixels);
}

export function drawStage(state: State, choose: (method: Method) => void): void {
  const { picture: card, network, answer, comparing } = state;
  const map = state.maps.get(state.method) ?? [...state.maps.values()].at(-1);
  welcome.hidden = card !== null;
  figure.hidden = card === null || (comparing && answer !== null);
  tiles.hidden = !comparing || answer === null;
  tools.hidden = answer === null;
  leftOut.hidden = state.leftOut.length === 0;
  leftOut.textContent = leftOut.hidden ? "" : `One picture and one network at a time: ${namesOf(state.leftOut)} left out.`;
  faceless.hidden = answer === null || !lacksFace(state);
  compare.setAttribute("aria-pressed", String(comparing));
  compare.replaceChildren(comparing ? "One" : "Compare", make("span", { class: "long" }, comparing ? " method" : " methods"));
  if (!card) return;
  paintOnce(picture, answer?.picture ?? card.preview);
  drawOne(state, map);
  drawMeasured(state);
  if (comparing && network && answer) drawTiles(state, choose);
}

/** The names that a list shows before it counts. */
const NAMED = 3;

/** "b.png was", "b.png and c.png were", "b.png, c.png, d.png and 4 more were" */
function namesOf(names: readonly string[]): string {
  const more = names.length > NAMED ? [`${names.length - NAMED} more`] : [];
  const list = new Intl.ListFormat("en-GB").format([...names.slice(0, NAMED), ...more]);
  return `${list} ${names.length === 1 ? "was" : "were"}`;
}

/** "Grad-CAM for happy, 99.9 %, at dense3" */
export function captionOf({ network, answer }: State, { method, layer, filter }: MapCard): string {
  if (!network || !answer) return "";
  const { title } = network.methods.find(({ name }) => name === method) ?? { title: method };
  const { index, probability } = answer.target;
  const where = layer === null ? "" : `, at ${layer}${filter === null ? "" : `, filter ${filter}`}`;
  return `${title} for ${network.classes[index]}, ${percent(probability)}${where}`;
}

function drawOne(state: State, map: MapCard | undefined): void {
  heat.hidden = !map;
  note.hidden = !map?.note;
  scale.hidden = !map || map.note !== null;
  const caption = map ? captionOf(state, map) : "";
  byId("caption", HTMLElement).textContent = caption || (state.picture?.name ?? "");
  picture.setAttribute("aria-label", caption ? `${state.picture?.name}: ${caption}` : (state.picture?.name ?? "The picture"));
  if (!map) return;
  paintOnce(heat, map.drawn);
  note.textContent = map.note ? sentence(map.note) : "";
  byId("least", HTMLElement).textContent = short(map.least);
  byId("largest", HTMLElement).textContent = short(map.largest);
}

const sentence = (text: string): string => `Nothing to see: ${text}.`;

/** The space of a map that is not there yet. */
function shapeOf(shot: HTMLElement, { answer }: State): void {
  if (answer) shot.style.aspectRatio = `${answer.picture.width} / ${answer.picture.height}`;
}

function drawTiles(state: State, choose: (method: Method) => void): void {
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.method : undefined;
  const methods = state.network?.methods ?? [];
  tiles.replaceChildren(
    ...methods.map(({ name, title }) => {
      const map = state.maps.get(name);
      const shot = make("span", { class: "shot" });
      shapeOf(shot, state);
      if (map) {
        const canvas = make("canvas", { "aria-hidden": "true" });
        paint(canvas, map.drawn);
        shot.append(canvas);
        if (map.note) shot.append(make("span", { class: "why" }, sentence(map.note)));
      }
      const button = make("button", { type: "button", class: `tile${map ? "" : " waiting"}`, "data-method": name }, shot);
      button.append(make("span", { class: "label" }, title));
      button.setAttribute("aria-pressed", String(name === methodOf(state)?.name));
      button.addEventListener("click", () => choose(name));
      return make("div", { role: "listitem" }, button);
    }),
  );
  if (focused) tiles.querySelector<HTMLElement>(`[data-method="${focused}"]`)?.focus({ preventScroll: true });
}
