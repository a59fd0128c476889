/** What is going on, for the eye and for screen readers; and what went wrong, with what can be done about it. */
import type { Failure, Notice } from "../protocol.ts";
import { RequestError } from "./client.ts";
import { byId, make } from "./dom.ts";

const line = byId("status", HTMLElement);
const bar = byId("progress", HTMLProgressElement);
const problem = byId("problem", HTMLElement);
const stage = document.querySelector(".stage");

/** What is being done; `share` of it, 0 to 1, or null. Shown at once, and spoken only where its text changes. */
export function showProgress({ text, share }: Pick<Extract<Notice, { readonly type: "progress" }>, "text" | "share">): void {
  if (line.textContent !== `${text}…`) line.textContent = `${text}…`;
  bar.hidden = false;
  if (share === null) bar.removeAttribute("value");
  else bar.value = share;
  stage?.classList.add("busy");
}

export function showDone(text: string): void {
  line.textContent = text;
  bar.hidden = true;
  stage?.classList.remove("busy");
}

const TITLES: Readonly<Record<Failure["reason"], string>> = {
  input: "That cannot be used",
  loading: "Not everything could be loaded",
  camera: "No picture from the camera",
  "no-webgpu": "WebGPU is missing here",
  gpu: "The GPU gave up",
  bug: "Something is broken in this page",
};

const ADVICE: Readonly<Record<Failure["reason"], string>> = {
  input: "",
  loading: "Try again when the connection is back, or reload the page.",
  camera: "A picture can be chosen, dropped or pasted instead.",
  "no-webgpu":
    "The networks run on WebGPU. Recent versions of Chrome, Edge, Safari (26 or later) and Firefox have it, on pages served by https or from localhost. If yours is one of them, look whether graphics acceleration is switched on.",
  gpu: "Reload the page to try again; a smaller network or an earlier layer needs less memory.",
  bug: "Reload the page to try again.",
};

export function showProblem({ reason, message }: Failure): void {
  problem.replaceChildren(make("strong", {}, TITLES[reason]), sentence(message), ...(ADVICE[reason] ? [make("br"), ADVICE[reason]] : []));
  problem.hidden = false;
  bar.hidden = true;
  stage?.classList.remove("busy");
}

/** What went wrong, in words. */
export const failureOf = (error: unknown): Failure =>
  error instanceof RequestError ? error.failure : { reason: "input", message: error instanceof Error ? error.message : String(error) };

/** A file's name at the beginning stays as it is. */
const sentence = (text: string): string =>
  `${/^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text}${/[.!?]$/.test(text) ? "" : "."}`;

export function clearProblem(): void {
  problem.hidden = true;
  problem.replaceChildren();
}
