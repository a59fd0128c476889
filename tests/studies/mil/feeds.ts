/** Bags as a step is fed them. */
import { bagLayout } from "../../../src/training/loader/bags.ts";
import type { Bag } from "../../../src/studies/mil/bags.ts";
import { type Pixels, stackPictures } from "../../../src/studies/mil/recipe.ts";
import { labelsOf } from "../../../src/studies/mil/splits.ts";
import type { Capacity } from "../../../src/studies/mil/step.ts";

/** `bags` side by side in a program of this capacity; the places behind them stay empty. */
export function feedsOf(bags: readonly Pick<Bag, "images" | "label">[], pixels: Pixels, capacity: Capacity) {
  const places = Array.from({ length: capacity.bags }, (_, i) => bags[i]);
  const lengths = bags.map(({ images }) => images.length);
  return {
    pixels: stackPictures(
      bags.flatMap(({ images }) => images),
      pixels,
      capacity.instances,
    ),
    ...bagLayout(lengths, capacity.bags, capacity),
    label: Float32Array.from(labelsOf(places.map((bag) => bag ?? { label: 0 }))),
    weight: Float32Array.from(places, (bag) => (bag ? 1 : 0)),
  };
}
