/** The built page where something is missing: WebGPU, a connection, a server, a face, room for a second picture. Each gets a true sentence that stays. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writePng, writeSafetensors } from "../../src/data/node/index.ts";
import { digitWeights, ringPicture } from "../cli/explain-files.ts";
import { facePicture } from "./face-picture.ts";
import { element, sightOf } from "./sight.ts";
import { buildPage, serve, type Site } from "./site.ts";
import { openTab, type Tab } from "./tab.ts";

const folder = fs.mkdtempSync(path.join(tmpdir(), "intarsia-trouble-"));
const at = (name: string): string => path.join(folder, name);
let site: Site;
let tab: Tab;
const { text, click, shown, captioned, problem } = sightOf(() => tab);
const status = (pattern: RegExp): Promise<void> => tab.until(`${pattern}.test(${element("#status")}.textContent)`);

test.before(async () => {
  writePng(at("face.png"), await facePicture());
  writePng(at("ring.png"), ringPicture(64, 9));
  writePng(at("blank.png"), { width: 64, height: 48, data: new Uint8Array(4 * 64 * 48).fill(255) });
  writeSafetensors(at("digits.safetensors"), Object.fromEntries(digitWeights()));
  await buildPage(at("page"));
  site = await serve(`${at("page")}/`);
  tab = await openTab(site.url, { width: 1366, height: 650 });
});

test.after(async () => {
  await tab?.close();
  site?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function go(url: string): Promise<void> {
  await tab.send("Page.navigate", { url });
  await tab.until(`location.href === ${JSON.stringify(url)} && document.readyState === "complete"`);
}

test("the welcome says what the shipped network knows", async () => {
  await status(/is ready/);
  assert.match(await text("#welcome"), /knows faces only/);
});

test("a picture without a face: said on the stage and in the live region, not only answered", async () => {
  await tab.drop(at("blank.png"));
  await captioned(/^Grad-CAM for/);
  assert.ok(await tab.evaluate(shown("#faceless")));
  assert.match(await text("#faceless"), /No face was found.*means nothing/s);
  await status(/^No face was found; /);
});

test("of several pictures one is taken, and the others are named", async () => {
  await tab.drop(at("face.png"), at("ring.png"), at("blank.png"));
  await captioned(/^Grad-CAM for happy/);
  assert.match(await text("#picture-name"), /^face\.png, 320 × 304$/);
  assert.is(await text("#left-out"), "One picture and one network at a time: ring.png and blank.png were left out.");
  assert.ok(await tab.evaluate(shown("#left-out")));
  assert.not.ok(await tab.evaluate(shown("#faceless")));
  await tab.drop(at("face.png"));
  await tab.until(`!${shown("#left-out")}`);
});

test("a picture that is too large is made smaller, and both sizes are told", async () => {
  await sharp({ create: { width: 6000, height: 4000, channels: 3, background: "#888888" } })
    .jpeg()
    .toFile(at("large.jpg"));
  await tab.drop(at("large.jpg"));
  await tab.until(`/^large/.test(${element("#picture-name")}.textContent)`);
  assert.is(await text("#picture-name"), "large.jpg, 6000 × 4000, made smaller: 4898 × 3265");
  await captioned(/^Grad-CAM for/);
  assert.equal(tab.errors, []);
});

test("the connection lost: what has been loaded goes on, the face finder too; the sample says why it does not come", async () => {
  const other = await serve(`${at("page")}/`);
  await go(other.url);
  await status(/is ready/);
  const finder = (): boolean =>
    ["tiny_face_detector_model.bin", "face_landmark_68_model.bin"].every((file) => other.asked.includes(`/face/${file}`));
  for (let i = 0; i < 200 && !finder(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(finder(), other.asked.join(" "));
  await tab.evaluate("new Promise((done) => setTimeout(done, 200))");
  other.close();
  await click("#welcome [data-action='sample']");
  await problem(/Not everything could be loaded.*sample photograph did not come.*does not answer.*Try again/);
  await tab.drop(at("face.png"));
  await captioned(/^Grad-CAM for happy/);
  assert.not.ok(await tab.evaluate(shown("#problem")));
});

test("the network does not come: its picture is shown and the sentence stays, until there is a network", async () => {
  let gone = true;
  const other = await serve(`${at("page")}/`, "", (url) => gone && url.startsWith("/face/"));
  try {
    await go(other.url);
    await problem(/Not everything could be loaded.*did not come/);
    await tab.drop(at("face.png"));
    await status(/^The picture is here, but no network can answer$/);
    assert.ok(await tab.evaluate(shown("#problem")));
    gone = false;
    await click("#shipped");
    await captioned(/^Grad-CAM for happy/);
    assert.not.ok(await tab.evaluate(shown("#problem")));
  } finally {
    other.close();
  }
});

test("without WebGPU the sentence stays whatever is dropped, and nothing is promised", async () => {
  const other = await serve(`${at("page")}/`, "delete WorkerNavigator.prototype.gpu;");
  try {
    await go(other.url);
    await problem(/WebGPU is missing here.*no WebGPU.*Chrome/);
    await tab.drop(at("face.png"));
    await status(/^The picture is here, but no network can answer$/);
    await problem(/WebGPU is missing here/);
    await tab.drop(at("digits.safetensors"));
    await problem(/WebGPU is missing here/);
    assert.is(await text("#network-name"), "None yet");
    assert.ok(await tab.evaluate(shown("#problem")));
  } finally {
    other.close();
  }
});

test("the worker does not come: said, not waited for", async () => {
  const other = await serve(`${at("page")}/`, "", (url) => fs.existsSync(at(`page${url}`)) && isWorker(at(`page${url}`)));
  try {
    await go(other.url);
    await problem(/Not everything could be loaded.*part of this page that computes did not come/);
    await tab.drop(at("face.png"));
    await problem(/part of this page that computes did not come/);
  } finally {
    other.close();
  }
});

/** The worker opens the device, the page does not. */
const isWorker = (file: string): boolean => file.endsWith(".js") && fs.readFileSync(file, "utf8").includes("requestAdapter");

test("opened as a file: a sentence says why nothing runs, in the page's own look", async () => {
  await go(pathToFileURL(at("page/index.html")).href);
  await tab.until(`getComputedStyle(${element("#dead")}).visibility === "visible"`, 30_000);
  assert.match(await text("#dead"), /has not started.*opened as a file.*npm run web.*server/s);
  assert.is.not(await tab.evaluate(`getComputedStyle(${element("#dead")}).borderRadius`), "0px");
});

test("where the page runs, that sentence is gone", async () => {
  await go(site.url);
  await tab.until(`!${element("#dead")}`, 30_000);
});

test.run();
