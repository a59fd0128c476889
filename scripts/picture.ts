/**
 * `npm run picture -- RUN/report.html`: the README's picture, docs/picture.png. It is the top of a run's report as a browser
 * shows it, so make a run first (`npm start`). Needs the Chromium of the npm package.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { unpack } from "../src/runtime/embedded/node.ts";
import { fontConfiguration, libraries } from "../tests/browser/chromium.ts";

const PICTURE = "docs/picture.png";
/** Sets of digits to show, and the size of the window in CSS pixels. */
const SHOWN = 6;
const WINDOW = { width: 940, height: 1190 };

/** The report without what does not fit in a picture: all but the first sets, the settings, the footer. */
function shorten(report: string): string {
  const sets = [...report.matchAll(/<figure class="bag[\s\S]*?<\/figure>\n?/g)].map((match) => match[0]);
  if (sets.length === 0) throw new Error("not a report of a run: it shows no sets");
  const short = sets.slice(SHOWN).reduce((text, set) => text.replace(set, ""), report);
  return short.replace(/<h2>Settings<\/h2>[\s\S]*?<\/footer>/, "");
}

async function main(): Promise<void> {
  const report = process.argv[2];
  if (!report || !existsSync(report)) throw new Error("usage: npm run picture -- RUN/report.html");
  const home = mkdtempSync(join(tmpdir(), "intarsia-picture-"));
  const page = join(home, "page.html");
  writeFileSync(page, shorten(readFileSync(report, "utf8")));
  const folder = await unpack("browser");
  const flags = ["--headless", "--no-sandbox", "--hide-scrollbars", `--user-data-dir=${join(home, "profile")}`];
  const view = [`--window-size=${WINDOW.width},${WINDOW.height}`, `--screenshot=${resolve(PICTURE)}`];
  const executable = join(folder, "chromium");
  const env = { ...process.env, HOME: home, FONTCONFIG_FILE: fontConfiguration(folder, home), ...libraries(executable, folder) };
  const { status, stderr } = spawnSync(executable, [...flags, ...view, pathToFileURL(page).href], { encoding: "utf8", env });
  rmSync(home, { recursive: true, force: true, maxRetries: 10 });
  if (status !== 0) throw new Error(`Chromium failed:\n${stderr}`);
  console.log(`${PICTURE}: ${(readFileSync(PICTURE).length / 1024).toFixed(0)} KiB`);
}

await main();
