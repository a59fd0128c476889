/**
 * `npm run picture -- RUN/report.html`: the README's picture, docs/picture.png. It is the top of a run's report as a browser
 * shows it, so make a run first (`npm start`). Needs the Chromium of the npm package.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { unpack } from "../src/runtime/embedded/node.ts";
import { fontConfiguration, libraries } from "../tests/browser/chromium.ts";

const PICTURE = "docs/picture.png";
/** Sets of digits to show, the width of the page in CSS pixels, and pixels of the picture per CSS pixel. */
const SHOWN = 4;
const WIDTH = 940;
const SCALE = 1.25;

/** The report without what does not fit in a picture: all but the first sets, the settings, the footer. */
function shorten(report: string): string {
  const sets = [...report.matchAll(/<figure class="bag[\s\S]*?<\/figure>\n?/g)].map((match) => match[0]);
  if (sets.length === 0) throw new Error("not a report of a run: it shows no sets");
  const short = sets.slice(SHOWN).reduce((text, set) => text.replace(set, ""), report);
  return short.replace(/The first \d+ test sets/, `The first ${SHOWN} test sets`).replace(/<h2>Settings<\/h2>[\s\S]*?<\/footer>/, "");
}

type Reply = { readonly id?: number; readonly result?: Record<string, unknown>; readonly error?: { readonly message: string } };

/** Speaks the DevTools protocol over Chromium's debugging pipe: JSON messages that end with a zero byte. */
function connect(to: Writable, from: Readable): (method: string, params?: object, sessionId?: string) => Promise<Record<string, unknown>> {
  const waiting = new Map<number, (reply: Reply) => void>();
  let text = "";
  from.on("data", (chunk: Buffer) => {
    const messages = (text + chunk.toString()).split("\0");
    text = messages.pop() ?? "";
    for (const message of messages) {
      const reply = JSON.parse(message) as Reply;
      if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
    }
  });
  let id = 0;
  return (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      waiting.set(++id, ({ result, error }) => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result ?? {})));
      to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
}

/** A PNG of the page, as wide as the window and as high as its content. */
async function screenshot(page: string, home: string): Promise<Buffer> {
  const folder = await unpack("browser");
  const executable = join(folder, "chromium");
  const env = { ...process.env, HOME: home, FONTCONFIG_FILE: fontConfiguration(folder, home), ...libraries(executable, folder) };
  const flags = ["--headless", "--no-sandbox", "--disable-dev-shm-usage", "--remote-debugging-pipe"];
  const child = spawn(executable, [...flags, `--user-data-dir=${join(home, "profile")}`], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    env,
  });
  try {
    const send = connect(child.stdio[3] as Writable, child.stdio[4] as Readable);
    const { targetId } = await send("Target.createTarget", { url: pathToFileURL(page).href, width: WIDTH, height: 800 });
    const { sessionId } = (await send("Target.attachToTarget", { targetId, flatten: true })) as { sessionId: string };
    await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "light" }] }, sessionId);
    await send("Runtime.evaluate", { expression: "document.fonts.ready.then(() => null)", awaitPromise: true }, sessionId);
    const { cssContentSize } = (await send("Page.getLayoutMetrics", {}, sessionId)) as { cssContentSize: { height: number } };
    const clip = { x: 0, y: 0, width: WIDTH, height: Math.ceil(cssContentSize.height), scale: SCALE };
    const { data } = await send("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip }, sessionId);
    await send("Browser.close");
    return Buffer.from(String(data), "base64");
  } finally {
    child.kill("SIGKILL");
  }
}

const report = process.argv[2];
if (!report || !existsSync(report)) throw new Error("usage: npm run picture -- RUN/report.html");
const home = mkdtempSync(join(tmpdir(), "intarsia-picture-"));
try {
  const page = join(home, "page.html");
  writeFileSync(page, shorten(readFileSync(report, "utf8")));
  const png = await screenshot(page, home);
  writeFileSync(PICTURE, png);
  console.log(`${PICTURE}: ${(png.length / 1024).toFixed(0)} KiB`);
} finally {
  rmSync(home, { recursive: true, force: true, maxRetries: 10 });
}
