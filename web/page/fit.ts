/** Keeps the stage inside the window: style/ makes the picture as high as the rest of the stage leaves room for. */
import { byId } from "./dom.ts";

const stage = byId("stage", HTMLElement);
const frame = byId("frame", HTMLElement);

/** Follows the heights of the stage, of what it holds beside the picture, and of what stands above it, in CSS pixels. */
export function fitStage(): void {
  const measure = (): void => {
    const height = stage.offsetHeight;
    const above = stage.parentElement?.offsetTop ?? 0;
    const lengths = { "--stage-height": height, "--others": height - frame.offsetHeight, "--above": above };
    for (const [name, length] of Object.entries(lengths)) stage.style.setProperty(name, `${length}px`);
  };
  const observer = new ResizeObserver(measure);
  for (const element of [stage, frame]) observer.observe(element);
  addEventListener("resize", measure);
}
