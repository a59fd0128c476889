/** Weights that may be of several networks, or of none exactly: the person says which, or leaves it. */
import type { NetworkName } from "intarsia/networks";
import type { NetworkChoice } from "../protocol.ts";
import { byId, options } from "./dom.ts";

const form = byId("network-choice", HTMLFormElement);
const select = byId("network-as", HTMLSelectElement);
let take: (name: NetworkName) => void = () => undefined;

/** Asks; `chosen` is called with the answer, each time that one is given. */
export function offer({ reason, candidates }: NetworkChoice, chosen: (name: NetworkName) => void): void {
  take = chosen;
  byId("network-reason", HTMLElement).textContent = `${reason} Which one is it?`;
  const texts = candidates.map(({ name, common, tensors }) => [name, `${name}: ${common} of ${tensors} tensors`] as const);
  options(select, texts, candidates[0].name);
  form.hidden = false;
  form.scrollIntoView({ block: "nearest" });
  select.focus();
}

export function withdraw(): void {
  form.hidden = true;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  // The options are the names that the worker sent.
  take(select.value as NetworkName);
});
byId("network-none", HTMLButtonElement).addEventListener("click", () => {
  withdraw();
  byId("weights", HTMLButtonElement).focus();
});
