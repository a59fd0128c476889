/** The built page on loopback, as any static server would serve it. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { build } from "vite";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".jpg": "image/jpeg",
};

export interface Site {
  readonly url: string;
  /** Every path that was asked for. */
  readonly asked: readonly string[];
  close(): void;
}

/** What `npm run web:build` makes, in another folder. */
export async function buildPage(outDir: string): Promise<void> {
  await build({ root: "web", configFile: "web/vite.config.ts", logLevel: "warn", build: { outDir, emptyOutDir: true } });
}

/** `prelude`: JavaScript that the worker runs before its own, to take something away from it. `lost`: requests that get no answer. */
export async function serve(folder: string, prelude = "", lost: (url: string) => boolean = () => false): Promise<Site> {
  const asked: string[] = [];
  const server = createServer(({ url = "/" }, response) => {
    asked.push(url);
    if (lost(url)) return response.destroy();
    const path = join(folder, normalize(decodeURI(url.split("?")[0])), url.endsWith("/") ? "index.html" : "");
    if (!path.startsWith(folder) || !existsSync(path) || !statSync(path).isFile()) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    const bytes = readFileSync(path);
    const isWorker = prelude !== "" && path.endsWith(".js") && bytes.includes("requestAdapter");
    response.end(isWorker ? Buffer.concat([Buffer.from(prelude), bytes]) : bytes);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
