/**
 * The colours of figures, for light and dark paper. Those of the series are Okabe and Ito's set for all kinds of colour vision
 * (https://jfly.uni-koeln.de/color/), without its yellow, darker or lighter where 3:1 against the paper asks for it; all lines
 * but the first are dashed as well, so that two that lie on one another are both seen.
 */

export type Theme = "light" | "dark";

/** What an element is, which decides its colour: a class in pages, an attribute in files. */
export type Ink = "c0" | "c1" | "c2" | "c3" | "c4" | "c5" | "ink" | "soft" | "rule" | "paper" | "good" | "bad";

export const COLOURS: { readonly [K in Ink]: { readonly [T in Theme]: string } } = {
  c0: { light: "#0072b2", dark: "#56b4e9" },
  c1: { light: "#d55e00", dark: "#f5934a" },
  c2: { light: "#008a65", dark: "#2fc79c" },
  c3: { light: "#b0538c", dark: "#e39bc4" },
  c4: { light: "#9a6f00", dark: "#e6b422" },
  c5: { light: "#4a5560", dark: "#c3cad1" },
  ink: { light: "#1d2328", dark: "#e8e6e1" },
  soft: { light: "#5d6770", dark: "#9aa4ad" },
  rule: { light: "#e2e0db", dark: "#323a41" },
  paper: { light: "#ffffff", dark: "#1c2126" },
  good: { light: "#2e7d4f", dark: "#6cc493" },
  bad: { light: "#b3261e", dark: "#ff8a80" },
};

const SERIES = 6;
const DASHES = ["12 4", "7 3", "2 3", "9 3 2 3", "4 2 1 2 1 2"];

export const seriesInk = (index: number): Ink => `c${index % SERIES}` as Ink;

/** Thirty pairs of colour and dash before the first comes again. */
export const seriesDash = (index: number): string => (index === 0 ? "" : DASHES[(index + Math.floor(index / SERIES)) % DASHES.length]);

/** Class and colour of an element, whose fill or stroke is currentColor. */
export const inked = (ink: Ink): string => `class="${ink}" color="${COLOURS[ink].light}"`;

/** A drawing whose elements are inked for light paper, for another one. */
export const forTheme = (svg: string, theme: Theme): string =>
  svg.replaceAll(/class="(\w+)" color="#\w+"/g, (_, ink: Ink) => `class="${ink}" color="${COLOURS[ink][theme]}"`);

/** CSS rules that colour everything that is inked below `scope`. */
export const inkRules = (scope: string, theme: Theme): string =>
  Object.entries(COLOURS)
    .map(([ink, colours]) => `${scope} .${ink} { color: ${colours[theme]}; }`)
    .join(" ");

/** Of tables of numbers, from little to much. The letters on them are dark or white, whatever the page is. */
export const SEQUENTIAL = ["#f7fbff", "#d2e3f3", "#9ac8e0", "#529dcc", "#1c6cb1", "#08306b"];
/** From below to above 0. */
export const DIVERGING = ["#08519c", "#5a9fd0", "#c6dcec", "#f7f7f7", "#f6d3b1", "#e08a3c", "#8f3d04"];
