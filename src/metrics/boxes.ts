/** How well two boxes agree. */
import type { Rectangle } from "../data/pictures/rectangle.ts";

/** Area of the intersection over area of the union: 0 (apart) to 1 (the same). */
export function intersectionOverUnion(a: Rectangle, b: Rectangle): number {
  const shared = (lowA: number, lengthA: number, lowB: number, lengthB: number): number =>
    Math.max(0, Math.min(lowA + lengthA, lowB + lengthB) - Math.max(lowA, lowB));
  const intersection = shared(a.left, a.width, b.left, b.width) * shared(a.top, a.height, b.top, b.height);
  return intersection / (a.width * a.height + b.width * b.height - intersection);
}
