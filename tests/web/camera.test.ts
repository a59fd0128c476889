/** The page's camera in headless Chromium: a made-up camera, one that is refused, and none at all. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writePng } from "../../src/data/node/index.ts";
import { ringPicture } from "../cli/explain-files.ts";
import { element, sightOf } from "./sight.ts";
import { buildPage, serve, type Site } from "./site.ts";
import { openTab, type Tab } from "./tab.ts";

const folder = fs.mkdtempSync(path.join(tmpdir(), "intarsia-camera-"));
const picture = path.join(folder, "ring.png");
let site: Site;
let tab: Tab;
const { text, click, shown, captioned, problem } = sightOf(() => tab);

/** Keeps each stream that the page is given, so that a test sees whether it was stopped. */
const WATCH = `
  window.streams = [];
  const media = navigator.mediaDevices;
  const open = media.getUserMedia.bind(media);
  media.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    streams.push(stream);
    return stream;
  };`;

/** Runs `work` with the page in a browser of its own, started with `flags`. */
async function inBrowser(flags: readonly string[], work: () => Promise<void>): Promise<void> {
  tab = await openTab(site.url, { width: 1280, height: 900, flags, before: WATCH });
  try {
    await tab.until(`/is ready/.test(${element("#status")}.textContent)`);
    await work();
    assert.equal(tab.errors, []);
  } finally {
    await tab.close();
  }
}

test.before(async () => {
  writePng(picture, ringPicture(64, 9));
  await buildPage(path.join(folder, "page"));
  site = await serve(`${path.join(folder, "page")}/`);
});

test.after(() => {
  site?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Waits until the tracks of all streams so far, in order, are "live" or "ended". */
const tracks = (...states: readonly string[]): Promise<void> =>
  tab.until(
    `streams.flatMap((stream) => stream.getTracks()).map((track) => track.readyState).join() === ${JSON.stringify(states.join())}`,
    10_000,
  );
const closed = (): Promise<void> => tab.until(`!${element("#camera")}.open`, 10_000);
const FAKE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

const openCamera = async (): Promise<void> => {
  await click("#welcome [data-action='camera']");
  await tab.until(shown("#shoot"), 20_000);
};
/** A picture of the person's own is answered. */
async function stillWorks(): Promise<void> {
  await tab.drop(picture);
  await tab.until(`/^ring.png/.test(${element("#picture-name")}.textContent)`);
  await captioned(/^Grad-CAM for/);
  assert.not.ok(await tab.evaluate(shown("#problem")));
}

test("a picture from the camera is shown and answered; whoever leaves the camera switches it off", () =>
  inBrowser(FAKE, async () => {
    await openCamera();
    assert.is(await tab.evaluate("document.activeElement.id"), "shoot");
    await tracks("live");
    await tab.press("Escape");
    await closed();
    await tracks("ended");
    await openCamera();
    await click("#camera form button:last-child");
    await tracks("ended", "ended");
    assert.ok(await tab.evaluate(shown("#welcome")));

    // Two clicks open one camera.
    await tab.evaluate(`${element("[data-action='camera']")}.click(), ${element("[data-action='camera']")}.click()`);
    await tab.until(shown("#shoot"), 20_000);
    await tracks("ended", "ended", "live");
    await tab.press("Enter");
    await closed();
    await tracks("ended", "ended", "ended");
    await captioned(/^Grad-CAM for .*%, at dense3$/);
    assert.is(await text("#picture-name"), "camera.png, 1280 × 720");
    // The made-up camera is green all over.
    const [red, green, blue] = await tab.evaluate<number[]>(
      `[...${element("#picture")}.getContext("2d").getImageData(60, 225, 1, 1).data]`,
    );
    assert.ok(green > 80 && red < 20 && blue < 20, `${red}, ${green}, ${blue}`);
    await stillWorks();
  }));

test("a camera that goes away is told", () =>
  inBrowser(FAKE, async () => {
    await openCamera();
    await tab.evaluate("streams[0].getTracks()[0].dispatchEvent(new Event('ended'))");
    await problem(/No picture from the camera.*unplugged/);
    await tracks("ended");
    await closed();
  }));

for (const [what, flags, expected] of [
  ["refused", [FAKE[0], `${FAKE[1]}=deny`], /The camera was not allowed; .*instead\.$/],
  ["missing", [], /No camera was found\..*instead\.$/],
] as const)
  test(`a camera that is ${what} is told, and the page still works`, () =>
    inBrowser(flags, async () => {
      await click("#welcome [data-action='camera']");
      await problem(expected);
      assert.ok(await tab.evaluate(shown("#welcome")));
      await stillWorks();
    }));

test.run();
