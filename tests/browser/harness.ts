/** Runs a module in headless Chromium, on a page that is served on loopback, and brings its result back. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { build } from "esbuild";
import { type Browser, launch } from "./chromium.ts";

export interface BrowserOptions {
  /** Milliseconds from the launch to the result; 60,000 unless told. */
  readonly timeoutMs?: number;
  /** JSON, handed to the entry's `main`. */
  readonly args?: unknown;
  /** More files for the page to fetch, by the path in their address ("/digits.bin"). */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Hears every line that the page writes with console.log, warn or error. */
  readonly onLog?: (line: string) => void;
}

type Report = { readonly result: unknown } | { readonly error: string };

const PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>';

/**
 * Bundles `entry`, opens it in a browser and resolves to what its exported `main(args)` returns, or, where it exports none, to what it has
 * assigned to `globalThis.result` when its top level is done. Values travel as JSON.
 * Rejects when the bundle would need a node: module, when the module throws, when the browser ends, and when time is up.
 */
export async function runInBrowser(entry: string, options: BrowserOptions = {}): Promise<unknown> {
  const script = await bundle(entry, options.args);
  const { timeoutMs = 60_000 } = options;
  const log: string[] = [];
  let deliver: (report: Report) => void = () => undefined;
  const delivered = new Promise<Report>((settle) => {
    deliver = settle;
  });
  const listen = (line: string) => {
    log.push(line);
    options.onLog?.(line);
  };
  const server = await serve({ "/": ["text/html", PAGE], "/main.js": ["text/javascript", script] }, options.files ?? {}, listen, deliver);
  let browser: Browser | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    browser = await launch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const { ended, complaints } = browser;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no result after ${timeoutMs} ms\n${log.join("\n")}\n${complaints()}`)), timeoutMs);
    });
    const gone = ended.then((last): never => {
      throw new Error(`the browser ended without a result\n${log.join("\n")}\n${last}`);
    });
    gone.catch(() => undefined);
    const report = await Promise.race([delivered, late, gone]);
    if ("error" in report) throw new Error(`in the browser: ${report.error}`);
    return report.result;
  } finally {
    clearTimeout(timer);
    server.closeAllConnections();
    server.close();
    await browser?.close();
  }
}

/** One script for a browser. Throws where anything in it needs Node: esbuild knows no node: module on this platform. */
export async function bundle(entry: string, args: unknown = null): Promise<string> {
  const path = JSON.stringify(resolve(entry));
  const { outputFiles } = await build({
    stdin: { contents: `${REPORTER}\nreport(() => import(${path}), ${JSON.stringify(args)});`, resolveDir: process.cwd(), loader: "js" },
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2022",
    conditions: ["intarsia-source"],
    logLevel: "silent",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return outputFiles[0].text;
}

/** Runs in the page: sends console lines and the outcome back, in order. */
const REPORTER = /* js */ `
let sent = Promise.resolve();
const post = (path, value) => (sent = sent.then(() => fetch(path, { method: "POST", body: JSON.stringify(value) })).catch(() => undefined));
const fail = (error) => post("/outcome", { error: String(error?.stack ?? error) });
for (const name of ["log", "warn", "error"]) {
  const write = console[name];
  console[name] = (...values) => {
    write.apply(console, values);
    post("/log", values.map((value) => typeof value === "string" ? value : JSON.stringify(value)).join(" "));
  };
}
addEventListener("error", (event) => fail(event.error ?? event.message));
addEventListener("unhandledrejection", (event) => fail(event.reason));
async function report(load, args) {
  try {
    const module = await load();
    const result = module.main ? await module.main(args) : globalThis.result;
    post("/outcome", { result: result ?? null });
  } catch (error) { fail(error); }
}`;

async function serve(
  pages: Readonly<Record<string, readonly [type: string, text: string]>>,
  files: Readonly<Record<string, Uint8Array>>,
  listen: (line: string) => void,
  deliver: (report: Report) => void,
): Promise<Server> {
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? "";
    if (request.method === "POST") {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
      if (path === "/log") listen(String(value));
      else deliver(value as Report);
      response.writeHead(204).end();
    } else if (pages[path]) response.writeHead(200, { "content-type": pages[path][0] }).end(pages[path][1]);
    else if (files[path]) response.writeHead(200, { "content-type": "application/octet-stream" }).end(files[path]);
    else response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}
