/** How pictures and weights come in: chosen, dropped anywhere on the page, or pasted. */
import { byId } from "./dom.ts";

export interface Intake {
  readonly picture: (blob: Blob, name: string) => void;
  readonly weights: (blob: Blob, name: string) => void;
  readonly sample: () => void;
  readonly camera: () => void;
}

/** A file that is surely no picture is taken for weights; loading them then reports what is wrong. */
const WEIGHTS = /\.(safetensors|pt|pth|bin|ckpt|h5|onnx|npz|msgpack)$/i;

export function listenForFiles({ picture, weights, sample, camera }: Intake): void {
  const pictureFile = byId("picture-file", HTMLInputElement);
  const weightsFile = byId("weights-file", HTMLInputElement);
  const actions: Readonly<Record<string, () => void>> = { choose: () => pictureFile.click(), sample, camera };
  for (const button of document.querySelectorAll<HTMLElement>("[data-action]"))
    button.addEventListener("click", () => actions[button.dataset.action ?? ""]?.());
  byId("weights", HTMLButtonElement).addEventListener("click", () => weightsFile.click());

  const take = (files: Iterable<File>): void => {
    const all = [...files];
    const network = all.find(({ name }) => WEIGHTS.test(name));
    const shown = all.find((file) => file !== network && !WEIGHTS.test(file.name));
    if (network) weights(network, network.name);
    if (shown) picture(shown, shown.name || "the pasted picture");
  };
  for (const input of [pictureFile, weightsFile])
    input.addEventListener("change", () => {
      const [file] = input.files ?? [];
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
