/** The content security policy of the built page: it connects to its own server only, so that the browser enforces that pictures stay local. */
import type { Plugin } from "vite";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Not while serving from the sources: Vite's own reloading needs more. */
export const contentPolicy = (): Plugin => ({
  name: "content-policy",
  apply: "build",
  transformIndexHtml: () => [
    { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: POLICY }, injectTo: "head-prepend" },
    { tag: "meta", attrs: { name: "referrer", content: "no-referrer" }, injectTo: "head-prepend" },
  ],
});

/** Without `crossorigin` the style sheet also comes where the page is opened as a file, and with it the sentence that says why nothing runs. */
export const sameOrigin = (): Plugin => ({
  name: "same-origin",
  apply: "build",
  transformIndexHtml: { order: "post", handler: (html) => html.replaceAll(" crossorigin", "") },
});
