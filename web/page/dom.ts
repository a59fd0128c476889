/** Small helpers on elements. */
import type { Pixels } from "../protocol.ts";

/** The element with this id; one of another kind, or none, is our own mistake. */
export function byId<T extends Element>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${kind.name} with id ${id}`);
  return found;
}

export function within<T extends Element>(parent: Element, selector: string, kind: abstract new () => T): T {
  const found = parent.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`no ${kind.name} at ${selector}`);
  return found;
}

type Attributes = Readonly<Record<string, string>>;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Pixels onto a canvas, which takes their size. */
export function paint(canvas: HTMLCanvasElement, { data, width, height }: Pixels): void {
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.putImageData(new ImageData(data, width, height), 0, 0);
}

export interface Choice {
  readonly value: string;
  readonly label: readonly (Node | string)[];
  /** Class of what is drawn for the radio button. */
  readonly look: string;
}

/** Radio buttons: one tab stop, arrow keys between them. Keeps the keyboard's place when the same choices are drawn again. */
export function radios(
  into: Element,
  name: string,
  choices: readonly Choice[],
  chosen: string | null,
  choose: (value: string) => void,
): void {
  const active = document.activeElement;
  const focused = active instanceof HTMLInputElement && into.contains(active) ? active.value : null;
  into.replaceChildren(
    ...choices.map(({ value, label, look }) => {
      const radio = make("input", { type: "radio", name, value });
      radio.checked = value === chosen;
      radio.addEventListener("change", () => choose(value));
      return make("label", {}, radio, make("span", { class: look }, ...label));
    }),
  );
  if (focused === null) return;
  const replacement = [...into.querySelectorAll("input")].find((radio) => radio.value === focused);
  replacement?.focus({ preventScroll: true });
}

export function options(
  select: HTMLSelectElement,
  entries: readonly (readonly [value: string, text: string])[],
  chosen: string | null,
): void {
  select.replaceChildren(
    ...entries.map(([value, text]) => {
      const option = make("option", { value }, text);
      option.selected = value === chosen;
      return option;
    }),
  );
}

/** Nearly all is not all. */
export const percent = (share: number): string => (share < 1 && share >= 0.9995 ? "> 99.9 %" : `${(100 * share).toFixed(1)} %`);

/** Three digits. */
export function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 0.001 && size < 10_000 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}
