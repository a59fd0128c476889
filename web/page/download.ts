/** What is shown as a PNG file: the picture with its heat, caption and colour bar; or all methods on one sheet, under a title. */
import { JET_PLACES, JET_STOPS, type MapCard } from "../protocol.ts";
import { make, paint, percent, short } from "./dom.ts";
import { captionOf, heatShare } from "./stage.ts";
import type { State } from "./state.ts";

const MARGIN = 24;
const LINE = 22;
const FONT = "16px system-ui, sans-serif";
const COLUMNS = 4;
const INK = "#27221c";

export async function download(state: State): Promise<void> {
  const canvas = make("canvas");
  if (state.comparing) drawSheet(canvas, state);
  else drawSingle(canvas, state);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) return;
  const address = URL.createObjectURL(blob);
  make("a", { href: address, download: fileName(state) }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** "photo.grad-cam.happy.png" */
function fileName({ picture, network, answer, comparing, method }: State): string {
  const stem = (picture?.name ?? "picture").replace(/\.[^.]*$/, "");
  const name = answer && network ? network.classes[answer.target.index] : "";
  return [stem, comparing ? "methods" : method, name, "png"].map((part) => part.replaceAll(/[^\p{L}\p{N}.+-]+/gu, "-")).join(".");
}

function layered({ answer }: State, map: MapCard): HTMLCanvasElement {
  const [below, above] = [make("canvas"), make("canvas")];
  paint(above, map.drawn);
  if (!answer) return above;
  paint(below, answer.picture);
  const context = contextOf(below);
  context.globalAlpha = heatShare();
  context.drawImage(above, 0, 0);
  return below;
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws no canvas of that size");
  return context;
}

/** A white sheet; what is written on it is dark. */
function sheet(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  [canvas.width, canvas.height] = [width, height];
  const context = contextOf(canvas);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.fillStyle = INK;
  context.font = FONT;
  context.textBaseline = "top";
  return context;
}

function drawSingle(canvas: HTMLCanvasElement, state: State): void {
  const map = state.maps.get(state.method);
  if (!map) return;
  const image = layered(state, map);
  const width = Math.max(image.width, 420);
  const context = sheet(canvas, width + 2 * MARGIN, image.height + 2 * MARGIN + 2.5 * LINE);
  context.drawImage(image, MARGIN, MARGIN);
  const top = MARGIN + image.height + 12;
  context.fillText(map.note ?? captionOf(state, map), MARGIN, top, width);
  quietly(context);
  context.fillText(`${state.network?.title} · intarsia`, MARGIN, top + LINE, width - 240);
  if (!map.note) drawBar(context, short(map.least), short(map.largest), MARGIN + width - 230, top + LINE);
}

/** Smaller and paler: what is beside the point. */
function quietly(context: CanvasRenderingContext2D): void {
  context.fillStyle = "#6d6357";
  context.font = "13px system-ui, sans-serif";
}

function drawBar(context: CanvasRenderingContext2D, least: string, largest: string, left: number, top: number): void {
  const gradient = context.createLinearGradient(left + 50, 0, left + 170, 0);
  JET_STOPS.forEach((colour, i) => gradient.addColorStop(JET_PLACES[i], colour));
  context.textAlign = "right";
  context.fillText(least, left + 44, top);
  context.textAlign = "left";
  context.fillText(largest, left + 176, top);
  context.fillStyle = gradient;
  context.fillRect(left + 50, top + 3, 120, 10);
}

/** Height of a sheet's title. */
const HEAD = 2.6 * LINE;

function drawSheet(canvas: HTMLCanvasElement, state: State): void {
  const { answer, network, picture } = state;
  const maps = (network?.methods ?? []).flatMap(({ name, title }) => {
    const map = state.maps.get(name);
    return map ? [{ map, title }] : [];
  });
  if (maps.length === 0 || !answer || !network) return;
  const { width, height } = maps[0].map.drawn;
  const columns = Math.min(COLUMNS, maps.length);
  const rows = Math.ceil(maps.length / columns);
  const [stepX, stepY] = [width + MARGIN, height + 2 * LINE + MARGIN];
  const context = sheet(canvas, MARGIN + columns * stepX, MARGIN + HEAD + rows * stepY);
  const inner = columns * stepX - MARGIN;
  const { index, probability } = answer.target;
  context.font = "600 20px system-ui, sans-serif";
  context.fillText(`What speaks for ${network.classes[index]} (${percent(probability)})`, MARGIN, MARGIN, inner - 260);
  quietly(context);
  context.fillText(`${picture?.name} · ${network.title} · intarsia`, MARGIN, MARGIN + 30, inner - 260);
  drawBar(context, "little", "much", MARGIN + inner - 230, MARGIN + 4);
  maps.forEach(({ map, title }, i) => {
    const [x, y] = [MARGIN + (i % columns) * stepX, MARGIN + HEAD + Math.floor(i / columns) * stepY];
    context.drawImage(layered(state, map), x, y);
    context.fillStyle = INK;
    context.font = FONT;
    context.fillText(title, x, y + height + 6, width);
    quietly(context);
    const where = map.layer === null ? "" : `at ${map.layer}, `;
    context.fillText(map.note ?? `${where}${short(map.least)} to ${short(map.largest)}`, x, y + height + 6 + LINE, width);
  });
}
