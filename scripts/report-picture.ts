/** The top of the set classifier's report as a picture: what was asked, how often it is wrong, and the first sets with their verdicts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openTab } from "../tests/web/tab.ts";

/** Sets of digits to show, the width of the page in CSS pixels, and pixels of the picture per CSS pixel. */
export const PICTURE = { sets: 4, width: 980, scale: 1.25 } as const;

/** JavaScript for the report's page: takes away all but the top and the first sets, and gives the number of sets that are left. */
const SHORTEN = `(() => {
  const sets = [...document.querySelectorAll("figure.bag")];
  for (const set of sets.slice(${PICTURE.sets})) set.remove();
  const widest = Math.max(...[...document.querySelectorAll(".strip")].map((strip) => strip.scrollWidth));
  document.querySelector(".bags")?.style.setProperty("--bag", widest + 36 + "px");
  for (const heading of document.querySelectorAll("h2")) {
    if (heading.textContent.startsWith("Sets")) continue;
    const own = heading.closest("section");
    while (!own && heading.nextElementSibling && heading.nextElementSibling.tagName !== "H2") heading.nextElementSibling.remove();
    (own ?? heading).remove();
  }
  for (const rest of document.querySelectorAll("footer, details, noscript")) rest.remove();
  for (const text of document.querySelectorAll("p"))
    text.textContent = text.textContent.replace(/The first \\d+ test sets/, "The first ${PICTURE.sets} test sets");
  return Math.min(sets.length, ${PICTURE.sets});
})()`;

/** Resolves when letters and pictures are there and drawn. */
const DRAWN = `Promise.all([document.fonts.ready, ...[...document.images].map((image) => image.decode())])
  .then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))))`;

/** A PNG file, as wide as the page and as high as what it shows. `report`: report.html of a run of \`intarsia mil\`; any other file is an error. */
export async function reportPicture(report: string): Promise<Buffer> {
  const { width, scale } = PICTURE;
  const home = mkdtempSync(join(tmpdir(), "intarsia-picture-"));
  try {
    const page = join(home, "report.html");
    writeFileSync(page, report);
    const tab = await openTab(pathToFileURL(page).href, { width, height: 800 });
    try {
      const sets = await tab.evaluate<number>(SHORTEN);
      if (sets < PICTURE.sets) throw new Error(`not a report of a run: it shows ${sets} sets`);
      await tab.evaluate(DRAWN);
      const height = await tab.evaluate<number>("Math.ceil(document.body.getBoundingClientRect().bottom)");
      await tab.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: scale, mobile: false });
      await tab.evaluate(DRAWN);
      const { data } = await tab.send("Page.captureScreenshot", { format: "png" });
      return Buffer.from(String(data), "base64");
    } finally {
      await tab.close();
    }
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 10 });
  }
}
