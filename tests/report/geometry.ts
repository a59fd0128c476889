/** Where the marks of a drawing are: a small reader of the SVG that this project writes. It throws at what is not well-formed. */
import { measureText } from "../../src/report/draw/text.ts";
import { unescapeHtml } from "../../src/report/html.ts";

export interface Mark {
  readonly element: string;
  /** Corners of its box. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface Group {
  readonly name: string;
  /** Of a text: where its line begins, and how it is written. */
  readonly text?: { readonly x: number; readonly y: number; readonly size: number; readonly anchor: string };
  readonly x: number;
  readonly y: number;
  readonly turned: boolean;
}

const TAG = /<(\/?)([a-z]+)((?:\s+[a-zA-Z][\w:-]*="[^"<]*")*)\s*(\/?)>|([^<]+)|</g;

/** All marks below the root, in its coordinates, and the size of its area. A text reaches as far as it is measured. */
export function marksOf(svg: string): { readonly width: number; readonly height: number; readonly marks: readonly Mark[] } {
  const open: Group[] = [];
  const marks: Mark[] = [];
  let area = { width: 0, height: 0 };
  for (const [whole, slash, name, attributes, self, text] of svg.trim().matchAll(TAG)) {
    if (text !== undefined) {
      if (/&(?!(amp|lt|gt|quot);)/.test(text)) throw new Error(`a bare & in ${text}`);
      const line = open[open.length - 1]?.text;
      if (line) marks.push(textMark(unescapeHtml(text), line));
      continue;
    }
    if (name === undefined) throw new Error(`not well-formed at ${whole}`);
    if (slash) {
      const last = open.pop();
      if (last?.name !== name) throw new Error(`</${name}> closes <${last?.name}>`);
      continue;
    }
    const at = new Map([...attributes.matchAll(/([a-zA-Z][\w:-]*)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
    for (const [key, value] of at)
      if (/NaN|Infinity|undefined|null/.test(value) && key !== "aria-label") throw new Error(`${key}="${value}" in <${name}>`);
    const parent = open[open.length - 1] ?? { x: 0, y: 0, turned: false };
    if (open.length === 0) {
      const [, , width, height] = (at.get("viewBox") ?? "").split(" ").map(Number);
      area = { width, height };
    }
    const transform = at.get("transform") ?? "";
    const [, dx = "0", dy = "0"] = /translate\(([^ )]+) ([^ )]+)\)/.exec(transform) ?? [];
    const group = { name, x: parent.x + Number(dx), y: parent.y + Number(dy), turned: parent.turned || /rotate|scale/.test(transform) };
    const points = group.turned ? [] : pointsOf(name, at);
    if (points.length > 0) {
      const [xs, ys] = [points.map(([x]) => x + group.x), points.map(([, y]) => y + group.y)];
      marks.push({ element: whole, left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) });
    }
    const [size, anchor] = [Number(at.get("font-size")), at.get("text-anchor") ?? "start"];
    const line =
      name === "text" && !group.turned ? { x: group.x + Number(at.get("x")), y: group.y + Number(at.get("y")), size, anchor } : undefined;
    if (!self) open.push({ ...group, text: line });
  }
  if (open.length > 0) throw new Error(`<${open[open.length - 1].name}> is not closed`);
  return { ...area, marks };
}

function textMark(text: string, { x, y, size, anchor }: NonNullable<Group["text"]>): Mark {
  const width = measureText(text, size);
  const left = anchor === "end" ? x - width : anchor === "middle" ? x - width / 2 : x;
  return { element: `the text ${text}`, left, right: left + width, top: y - 0.75 * size, bottom: y + 0.2 * size };
}

function pointsOf(name: string, at: ReadonlyMap<string, string>): [number, number][] {
  const number = (key: string): number => Number(at.get(key) ?? 0);
  switch (name) {
    case "rect":
    case "image":
      return [
        [number("x"), number("y")],
        [number("x") + number("width"), number("y") + number("height")],
      ];
    case "line":
      return [
        [number("x1"), number("y1")],
        [number("x2"), number("y2")],
      ];
    case "circle":
      return [-1, 1].map((sign) => [number("cx") + sign * number("r"), number("cy") + sign * number("r")]);
    case "path":
      return pathPoints(at.get("d") ?? "");
    default:
      return [];
  }
}

/** Ends of the segments of a path in absolute commands; arcs and relative ones do not move a mark by more than its own size. */
function pathPoints(path: string): [number, number][] {
  const points: [number, number][] = [];
  let [x, y] = [0, 0];
  for (const [, command, rest] of path.matchAll(/([A-Za-z])([^A-Za-z]*)/g)) {
    const numbers = (rest.match(/-?\d*\.?\d+(?:e-?\d+)?/g) ?? []).map(Number);
    if (command === "H") x = numbers[0];
    else if (command === "V") y = numbers[0];
    else if (command === "M" || command === "L")
      for (let i = 0; i + 1 < numbers.length; i += 2) {
        [x, y] = [numbers[i], numbers[i + 1]];
        points.push([x, y]);
      }
    else if (command !== "Z") continue;
    points.push([x, y]);
  }
  return points;
}
