/** Numbers as colours, and letters that can be read on them. */
import { scaleLinear } from "d3-scale";

/** share: 0 to 1. Letters are dark or white, whichever is further from the colour (WCAG 2.1's relative luminance). */
export function colourOf(share: number, colours: readonly string[]): { readonly fill: string; readonly ink: string } {
  const stops = colours.map((_, i) => i / (colours.length - 1));
  const fill = hex(scaleLinear<string>(stops, colours)(Math.max(0, Math.min(1, share))));
  return { fill, ink: luminance(fill) > 0.21 ? "#1d2328" : "#ffffff" };
}

const hex = (rgb: string): string => `#${[...rgb.matchAll(/\d+/g)].map(([value]) => Number(value).toString(16).padStart(2, "0")).join("")}`;

/** Of a colour "#rrggbb". */
export function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
