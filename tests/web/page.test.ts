/** The built page in headless Chromium, as a person uses it: drop, explain, compare, switch, download, and everything that can go wrong. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "../../src/runtime/index.ts";
import { type Picture, tensorSource, type TensorSource } from "../../src/data/index.ts";
import { loadFaceWeights, readPng, writePng, writeSafetensors } from "../../src/data/node/index.ts";
import { type Faithfulness, METHODS, points } from "../../src/explain/index.ts";
import { digitWeights, ringPicture } from "../cli/explain-files.ts";
import { facePicture } from "./face-picture.ts";
import { type Asked, distance, here } from "./node-map.ts";
import { sightOf } from "./sight.ts";
import { buildPage, serve, type Site } from "./site.ts";
import { openTab, type Tab } from "./tab.ts";

process.env.INTARSIA_ADAPTER ??= "embedded";
const folder = fs.mkdtempSync(path.join(tmpdir(), "intarsia-page-"));
const at = (name: string): string => path.join(folder, name);
// As in the browser, whatever adapter the other tests take: where heat is almost equal, roundings decide which pixel comes first.
const device = await openDevice({ adapter: "embedded" });
let site: Site;
let tab: Tab;

const face = await facePicture();
const ring = ringPicture(64, 9);
const digits = digitWeights();

test.before(async () => {
  writePng(at("face.png"), face);
  writePng(at("ring.png"), ring);
  writeSafetensors(at("digits.safetensors"), Object.fromEntries(digits));
  await buildPage(at("page"));
  site = await serve(`${at("page")}/`);
  tab = await openTab(site.url, { width: 1280, height: 900 });
});

test.after(async () => {
  await tab?.close();
  site?.close();
  device.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const { text, click, shown, captioned, problem } = sightOf(() => tab);

async function pixelsOf(selector: string): Promise<Picture> {
  const { width, height, data } = await tab.evaluate<{ width: number; height: number; data: string }>(`(async () => {
    const canvas = document.querySelector(${JSON.stringify(selector)});
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const url = await new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.readAsDataURL(new Blob([data]));
    });
    return { width, height, data: url.slice(url.indexOf(",") + 1) };
  })()`);
  return { width, height, data: new Uint8Array(Buffer.from(data, "base64")) };
}

/**
 * Levels of 255, at most and on average. Both compute in f32, but on two builds of SwiftShader that need not round alike. Jet turns 1/256 of heat into
 * 2 levels (maps of layers) or 4 (of pixels), and where a rounding decides a ReLU, a map of pixels jumps.
 */
const TOLERANCE = { layer: { most: 4, mean: 0.1 }, pixels: { most: 16, mean: 0.2 } };

async function sameAsNode(asked: Asked): Promise<void> {
  const { plain, drawn, faithful } = await here(device, asked);
  const [below, there] = [await pixelsOf("#picture"), await pixelsOf("#heat")];
  assert.is(distance(below, plain).most, 0, "the picture itself");
  const { most, mean } = distance(there, drawn);
  console.log(`# ${asked.network}, ${asked.method}: at most ${most} levels off Node's picture, ${mean.toFixed(3)} on average`);
  const allowed = TOLERANCE[METHODS[asked.method].kind];
  assert.ok(most <= allowed.most && mean <= allowed.mean, `${asked.method}: ${most} levels, ${mean} on average`);
  await sameNumbers(faithful);
  // Any picture without heat would be far away.
  assert.ok(distance(drawn, plain).mean > 10);
}

/** Of the three numbers below the map, which come after it. */
async function sameNumbers({ deletion, insertion, occlusion }: Faithfulness): Promise<void> {
  for (const [id, value] of [
    ["deletion", deletion.auc],
    ["insertion", insertion.auc],
    ["occlusion", -occlusion.drop],
  ] as const) {
    await tab.until(`document.querySelector("#${id}").value !== ""`);
    const found = Number(await tab.evaluate(`document.querySelector("#${id}").value`));
    console.log(`# ${id}: ${found}, in Node ${value}`);
    assert.ok(Math.abs(found - value) < 2e-4, `${id}: ${found}, in Node ${value}`);
    assert.is(await text(`#${id}`), id === "occlusion" ? points(found) : found.toFixed(3));
  }
}

const expression = (): TensorSource => tensorSource(loadFaceWeights("expression"), "expression");

test("the page opens with the shipped network", async () => {
  await tab.until(`/is ready/.test(document.querySelector("#status").textContent)`);
  assert.match(await text("#network-name"), "expression network");
  assert.ok(await tab.evaluate(shown("#welcome")));
  assert.equal(tab.errors, []);
});

test("a dropped picture is explained: faces, classes, and Grad-CAM as in Node", async () => {
  await tab.drop(at("face.png"));
  await captioned(/^Grad-CAM for happy, .*%, at dense3$/);
  assert.is(await tab.evaluate("document.querySelectorAll('#faces input').length"), 2);
  assert.is(await tab.evaluate("document.querySelectorAll('#classes input').length"), 7);
  assert.match(await text("#classes label"), /^happy.*\d %$/);
  await click("#faces label:last-child input");
  await tab.until(`document.querySelector("#faces label:last-child input").checked`);
  await captioned(/^Grad-CAM for/);
  await tab.until(`document.querySelector("#heat").width === 800 && document.querySelector("#heat").height === 760`);
  await sameAsNode({ network: "face_expression", weights: expression(), picture: face, method: "grad-cam" });
});

test("another class, method and layer give other maps, and they are Node's", async () => {
  await click("#classes input[value='6']");
  await captioned(/^Grad-CAM for surprised/);
  await click("#methods input[value='guided-backprop']");
  await captioned(/^Guided backpropagation for surprised, [^a]*$/);
  assert.ok(await tab.evaluate(`document.querySelector("#layers").disabled`));
  await sameAsNode({ network: "face_expression", weights: expression(), picture: face, method: "guided-backprop", target: 6 });
  await click("#methods input[value='grad-cam++']");
  await click("#layers input[value='dense1']");
  await captioned(/^Grad-CAM\+\+ for surprised.*at dense1$/);
});

test("what is clicked last is what is shown", async () => {
  await tab.evaluate(`for (const i of [1, 2, 3, 4]) document.querySelector("#classes input[value='" + i + "']").click()`);
  await captioned(/ for fearful/);
  assert.is(await tab.evaluate("document.querySelector('#classes input:checked').value"), "4");
});

test("the keyboard alone: one tab stop for each group, arrows inside, focus to be seen", async () => {
  await tab.evaluate(`document.querySelector("#methods input[value='cam']").focus()`);
  await tab.press("ArrowRight");
  await captioned(/^Grad-CAM for fearful/);
  assert.is(await tab.evaluate("document.activeElement.value"), "grad-cam");
  assert.is(await tab.evaluate("getComputedStyle(document.activeElement.nextElementSibling).outlineStyle"), "solid");
  const groups: string[] = [];
  for (const open of [true, false]) {
    await tab.evaluate("document.querySelector('#trust').focus()");
    await tab.press("Enter");
    await tab.until(`document.querySelector("#measured").open === ${open}`);
  }
  await tab.evaluate("document.activeElement.blur(); document.querySelector('.skip').focus()");
  for (let i = 0; i < 20; i++) {
    await tab.press("Tab");
    groups.push(
      await tab.evaluate("document.activeElement.name || document.activeElement.id || document.activeElement.dataset.action || ''"),
    );
  }
  const order = [
    "opacity",
    "compare",
    "download",
    "trust",
    "face",
    "class",
    "method",
    "reading",
    "layer",
    "any-layer",
    "choose",
    "sample",
    "camera",
    "shipped",
    "weights",
  ];
  assert.equal(groups.slice(0, order.length), order);
});

test("all methods beside each other; one of them is taken by a click", async () => {
  await click("#compare");
  await tab.until(`document.querySelectorAll(".tile:not(.waiting)").length === 10 && document.querySelector("#progress").hidden`);
  assert.is(await tab.evaluate("document.querySelectorAll('.tile canvas').length"), 10);
  await click(".tile[data-method='cam']");
  await captioned(/^CAM for fearful.*at dense3$/);
  await tab.until(`document.querySelector("#heat").width === 800`);
});

test("the overlay is downloaded as a PNG file", async () => {
  await tab.download(folder, () => click("#download"));
  const saved = readPng(at("face.cam.fearful.png"));
  assert.ok(saved.width >= 800 && saved.height > 760, `${saved.width} x ${saved.height}`);
});

test("a dropped weight file is recognised, and its map is Node's", async () => {
  await tab.drop(at("digits.safetensors"), at("ring.png"));
  await tab.until(`document.querySelector("#network-name").textContent.includes("digit")`);
  await captioned(/^Grad-CAM for \d, .*at 2$/);
  assert.ok(!(await tab.evaluate(shown("#faces"))));
  const weights = tensorSource(Object.fromEntries(digits), "digits");
  await sameAsNode({ network: "mnist_net", weights, picture: ring, method: "grad-cam" });
});

test("weights that fit no network exactly are asked about, with the likely ones alone, and can be left", async () => {
  const some = Object.fromEntries([...digits].filter(([key]) => !key.startsWith("6")));
  writeSafetensors(at("part.safetensors"), some);
  await tab.drop(at("part.safetensors"));
  await tab.until(shown("#network-choice"));
  const offered = `[...document.querySelectorAll("#network-as option")].map(({ textContent }) => textContent)`;
  assert.equal(await tab.evaluate(offered), [`mnist_net: ${Object.keys(some).length} of ${digits.size} tensors`]);
  await click("#network-none");
  await tab.until(`!${shown("#network-choice")}`);
  assert.match(await text("#network-name"), "digit");
  await tab.drop(at("part.safetensors"));
  await tab.until(shown("#network-choice"));
  await click("#network-choice button[type='submit']");
  await tab.until(`/left random: 6/.test(document.querySelector("#network-summary").textContent)`);
  assert.not.ok(await tab.evaluate(shown("#network-choice")));
  await captioned(/^Grad-CAM for \d/);
});

test("weights of nothing that is known are refused, and the network stays", async () => {
  writeSafetensors(at("other.safetensors"), { "blocks.0.attn.qkv.weight": { shape: [6, 2], dtype: "F32", data: new Float32Array(12) } });
  await tab.drop(at("other.safetensors"));
  await problem(
    /other\.safetensors: the weights of no network that is known here .*it holds 1 tensor, blocks\.0\.attn\.qkv\.weight \[6, 2\]/,
  );
  assert.not.ok(await tab.evaluate(shown("#network-choice")));
  assert.match(await text("#network-name"), "digit");
});

test("what cannot be used is told in one sentence, and the page goes on", async () => {
  fs.writeFileSync(at("words.png"), "this is no picture");
  await tab.drop(at("words.png"));
  await problem(/words\.png: not a picture/);
  const bytes = fs.readFileSync(at("digits.safetensors"));
  fs.writeFileSync(at("cut.safetensors"), bytes.subarray(0, bytes.length - 5));
  await tab.choose("#weights-file", at("cut.safetensors"));
  await problem(/cut\.safetensors: cut short/);
  fs.writeFileSync(at("model.pth"), Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0, 0]));
  await tab.choose("#weights-file", at("model.pth"));
  await problem(/model\.pth: .*zip file, as torch\.save writes it/);
  await tab.choose("#picture-file", at("ring.png"));
  await tab.until(`document.querySelector("#problem").hidden`);
  await captioned(/^Grad-CAM for \d/);
});

test("what a bad file interrupts goes on, and the refusal stays to be read", async () => {
  await click("#compare");
  await tab.until(`document.querySelector(".tile")`);
  await tab.choose("#picture-file", at("words.png"));
  await tab.until(`document.querySelectorAll(".tile:not(.waiting)").length === 9 && document.querySelector("#progress").hidden`);
  await problem(/words\.png: not a picture/);
  await click("#compare");
  await tab.until(`document.querySelector("#heat").width === 800 && document.querySelector("#progress").hidden`);
});

test("on a telephone nothing reaches beyond 390 pixels", async () => {
  await tab.send("Emulation.setDeviceMetricsOverride", { width: 390, height: 844, deviceScaleFactor: 1, mobile: true });
  const wide = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)";
  assert.is(await tab.evaluate(wide), 390);
  await click("#trust");
  assert.ok(await tab.evaluate(shown("#measured dl")));
  assert.is(await tab.evaluate(wide), 390);
  await click("#compare");
  await tab.until(`document.querySelectorAll(".tile:not(.waiting)").length === 9 && document.querySelector("#progress").hidden`);
  assert.is(await tab.evaluate(wide), 390);
  await tab.send("Page.navigate", { url: site.url });
  await tab.until(`document.readyState === "complete" && /is ready/.test(document.querySelector("#status")?.textContent ?? "")`);
  assert.is(await tab.evaluate(wide), 390);
});

test("the page asked nobody but its own server, and nothing broke its own content policy", async () => {
  const own = /^\/(|index\.html|favicon\.ico|assets\/[\w.-]+|face\/[\w.-]+)$/;
  assert.equal(
    site.asked.filter((url) => !own.test(url)),
    [],
  );
  assert.equal(tab.errors, []);
});

test("no adapter: the page says so and what to do", async () => {
  const other = await serve(`${at("page")}/`, "GPU.prototype.requestAdapter = async () => null;");
  try {
    await tab.send("Page.navigate", { url: other.url });
    await tab.until(`location.href === ${JSON.stringify(other.url)} && document.readyState === "complete"`);
    await problem(/WebGPU is missing here.*no WebGPU adapter/);
  } finally {
    other.close();
  }
});

test.run();
