/** How pictures and weights come in: chosen, dropped anywhere on the page, or pasted. */
import { byId } from "./dom.ts";

export interface Intake {
  readonly picture: (blob: Blob, name: string) => void;
  readonly weights: (blob: Blob, name: string) => void;
  readonly sample: () => void;
  readonly camera: () => void;
  /** Before each of the others: the files that came with it and are not taken, since there is one picture and one network at a time. */
  readonly leftOut: (names: readonly string[]) => void;
}

/** A file that is surely no picture is taken for weights; loading them then reports what is wrong. */
const WEIGHTS = /\.(safetensors|pt|pth|bin|ckpt|h5|onnx|npz|msgpack)$/i;

export function listenForFiles({ picture, weights, sample, camera, leftOut }: Intake): void {
  const pictureFile = byId("picture-file", HTMLInputElement);
  const weightsFile = byId("weights-file", HTMLInputElement);
  const alone = (work: () => void) => (): void => {
    leftOut([]);
    work();
  };
  const actions: Readonly<Record<string, () => void>> = { choose: () => pictureFile.click(), sample: alone(sample), camera: alone(camera) };
  for (const button of document.querySelectorAll<HTMLElement>("[data-action]"))
    button.addEventListener("click", () => actions[button.dataset.action ?? ""]?.());
  byId("weights", HTMLButtonElement).addEventListener("click", () => weightsFile.click());

  const take = (files: Iterable<File>): void => {
    const all = [...files];
    const network = all.find(({ name }) => WEIGHTS.test(name));
    const others = all.filter(({ name }) => !WEIGHTS.test(name));
    const shown = others.find(({ type }) => type.startsWith("image/")) ?? others[0];
    if (all.length > 0) leftOut(all.filter((file) => file !== network && file !== shown).map(({ name }) => name));
    if (network) weights(network, network.name);
    if (shown) picture(shown, shown.name || "the pasted picture");
  };
  for (const input of [pictureFile, weightsFile])
    input.addEventListener("change", () => {
      const [file] = input.files ?? [];
      if (file) leftOut([]);
      if (file && input === pictureFile) picture(file, file.name);
      else if (file) weights(file, file.name);
      input.value = "";
    });
  addEventListener("paste", ({ clipboardData }) => take(clipboardData?.files ?? []));
  listenForDrops(take);
}

function listenForDrops(take: (files: Iterable<File>) => void): void {
  const veil = byId("veil", HTMLElement);
  let depth = 0;
  const show = (change: number): void => {
    depth = Math.max(0, depth + change);
    veil.hidden = depth === 0;
  };
  addEventListener("dragenter", (event) => {
    event.preventDefault();
    show(1);
  });
  addEventListener("dragleave", () => show(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    show(-depth);
    take(event.dataTransfer?.files ?? []);
  });
}
