/** The built page as it is seen and heard: on laptops and telephones, in high contrast, by a screen reader; and what it downloads. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Picture } from "../../src/data/index.ts";
import { readPng, writePng } from "../../src/data/node/index.ts";
import { facePicture } from "./face-picture.ts";
import { element, sightOf } from "./sight.ts";
import { buildPage, serve, type Site } from "./site.ts";
import { openTab, type Tab } from "./tab.ts";

const folder = fs.mkdtempSync(path.join(tmpdir(), "intarsia-screens-"));
const at = (name: string): string => path.join(folder, name);
let site: Site;
let tab: Tab;
const { text, click, captioned } = sightOf(() => tab);

test.before(async () => {
  writePng(at("face.png"), await facePicture());
  await buildPage(at("page"));
  site = await serve(`${at("page")}/`);
  tab = await openTab(site.url, { width: 1366, height: 650 });
});

test.after(async () => {
  await tab?.close();
  site?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const resize = (width: number, height: number, mobile = false): Promise<unknown> =>
  tab.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile });

/** Two frames, so that what the page measures of itself has taken effect. */
const settled = (): Promise<unknown> => tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");

/** Those of the elements that are not whole inside the window, or that something else covers. */
const outOfSight = (selectors: readonly string[]): Promise<readonly string[]> =>
  tab.evaluate(`${JSON.stringify(selectors)}.filter((selector) => {
    const found = document.querySelector(selector);
    const { left, top, right, bottom } = found.getBoundingClientRect();
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight || right === left) return true;
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return !(found.contains(hit) || hit.contains(found));
  })`);

const TOOLS = ["#status", "#opacity", "#compare", "#download"];
const WITH_PICTURE = [...TOOLS, "#caption", "#scale", "#trust", "#faces label:last-child .thumb", "#frame"];

async function shot(): Promise<Picture> {
  const { data } = await tab.send("Page.captureScreenshot", { format: "png" });
  fs.writeFileSync(at("shot.png"), Buffer.from(String(data), "base64"));
  return readPng(at("shot.png"));
}

test("the answer is in the live region, and measuring shows how far it is", async () => {
  await tab.until(`/is ready/.test(${element("#status")}.textContent)`);
  await tab.drop(at("face.png"));
  await tab.until(`!${element("#measuring")}.hidden && ${element("#measuring")}.value > 0 && ${element("#measuring")}.value < 1`);
  await captioned(/^Grad-CAM for happy/);
  assert.match(await text("#status"), /^happy, .*%\. Explained in/);
});

test("a click is answered at once, also while a map is measured", async () => {
  const said = await tab.evaluate(`(${element("#classes input[value='0']")}.click(), ${element("#status")}.textContent)`);
  assert.is(said, "Asking the network…");
  assert.not.ok(await tab.evaluate(`${element("#progress")}.hidden`));
  await captioned(/^Grad-CAM for neutral/);
  await tab.until(`${element("#deletion")}.value !== ""`);
  assert.ok(await tab.evaluate(`${element("#measuring")}.hidden`));
});

for (const [width, height] of [
  [1366, 650],
  [1280, 600],
  [1920, 1000],
] as const)
  test(`${width} × ${height}: picture, answer and every tool are in sight, at the top and wherever the panel is scrolled to`, async () => {
    await resize(width, height);
    for (const share of [0, 0.5, 1]) {
      await tab.evaluate(`scrollTo(0, ${share} * document.documentElement.scrollHeight)`);
      await settled();
      assert.equal(await outOfSight(WITH_PICTURE), [], `at ${share}`);
    }
    await tab.evaluate("scrollTo(0, 0)");
    const { height: drawn } = await tab.evaluate<{ height: number }>(`({ height: ${element("#picture")}.clientHeight })`);
    assert.ok(drawn >= 0.4 * height, `the picture is ${drawn} high`);
  });

test("a stage that is taller than the window shows its lower end while the panel is scrolled", async () => {
  await resize(1366, 480);
  await click("#trust");
  await settled();
  await tab.evaluate(`scrollTo(0, ${element("#stage")}.offsetHeight - innerHeight + 120)`);
  await settled();
  assert.equal(await outOfSight([...TOOLS, "#faces label:last-child .thumb"]), []);
  await click("#trust");
});

test("plain words: what the method shows, what the colours mean, what a layer is", async () => {
  await resize(1366, 650);
  assert.match(await text("#words"), /^The areas whose content, as this layer sees it, raised the score/);
  await click("#methods input[value='deconvnet']");
  assert.match(await text("#words"), /edges more than reasons/);
  await click("#methods input[value='grad-cam']");
  await captioned(/^Grad-CAM for neutral/);
  await click("#reading");
  const reading = await text(".reading");
  for (const word of [/Red marks what spoke most/, /blue what spoke little/, /Distrust a map/]) assert.match(reading, word);
  assert.match(await text("#layers"), /works in steps, its layers/);
  await click("#reading");
});

test("a screen reader hears names that do not run together, one heading of the page, and no two regions of one name", async () => {
  const { nodes } = (await tab.send("Accessibility.getFullAXTree")) as {
    readonly nodes: readonly {
      readonly ignored: boolean;
      readonly role?: { readonly value: string };
      readonly name?: { readonly value: string };
      readonly properties?: readonly { readonly name: string; readonly value: { readonly value: unknown } }[];
    }[];
  };
  const named = (...roles: readonly string[]) =>
    nodes.filter(({ ignored, role }) => !ignored && roles.includes(role?.value ?? "")).map(({ name }) => name?.value ?? "");
  const radios = named("radio");
  assert.ok(
    radios.some((name) => /^dense3 ?, 7 × 7$/.test(name)),
    radios.join(" | "),
  );
  assert.ok(
    radios.some((name) => /^happy \d+\.\d %$/.test(name)),
    radios.join(" | "),
  );
  const regions = named("region", "complementary");
  assert.ok(regions.length >= 4 && regions.every((name) => name !== ""), regions.join(" | "));
  assert.is(new Set(regions).size, regions.length, regions.join(" | "));
  const top = nodes.filter(
    ({ ignored, role, properties }) =>
      !ignored && role?.value === "heading" && properties?.some(({ name, value }) => name === "level" && value.value === 1),
  );
  assert.equal(
    top.map(({ name }) => name?.value),
    ["See what a network sees"],
  );
});

test("high contrast shows what is chosen: classes, methods, layers, faces, pressed buttons, and the colour bar", async () => {
  await tab.evaluate("scrollTo(0, 0)");
  await resize(1366, 1800);
  await tab.send("Emulation.setEmulatedMedia", { features: [{ name: "forced-colors", value: "active" }] });
  await settled();
  const seen = await shot();
  /** The mean colour of a strip at the left end of what is drawn for the element, its border included. */
  const tone = async (selector: string): Promise<readonly number[]> => {
    const { left, top, height } = await tab.evaluate<{ left: number; top: number; height: number }>(
      `(({ left, top, height }) => ({ left, top, height }))(${element(selector)}.getBoundingClientRect())`,
    );
    const sums = [0, 0, 0];
    let count = 0;
    for (let y = Math.round(top + height / 4); y < top + (3 * height) / 4; y++)
      for (let x = Math.round(left) - 6; x < left + 8; x++, count++)
        for (let c = 0; c < 3; c++) sums[c] += seen.data[4 * (y * seen.width + x) + c];
    return sums.map((sum) => sum / count);
  };
  for (const [chosen, other] of [
    ["#classes input:checked + .score", "#classes input:not(:checked) + .score"],
    ["#methods input:checked + .chip", "#methods input:not(:checked) + .chip"],
    ["#layers input:checked + .chip", "#layers input:not(:checked) + .chip"],
    ["#shipped", "#weights"],
  ] as const) {
    const [a, b] = [await tone(chosen), await tone(other)];
    assert.ok(
      a.some((value, c) => Math.abs(value - b[c]) > 40),
      `${chosen}: ${a.map(Math.round)}, ${other}: ${b.map(Math.round)}`,
    );
  }
  const outline = (selector: string): Promise<string> => tab.evaluate(`getComputedStyle(${element(selector)}).outlineStyle`);
  assert.is(await outline("#faces input:checked + .thumb"), "solid");
  assert.is(await outline("#faces input:not(:checked) + .thumb"), "none");
  assert.match(await tab.evaluate(`getComputedStyle(${element(".scale .bar")}).backgroundImage`), /gradient/);
  await tab.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "light" }] });
});

test("on a telephone tools, picture and faces are on the first screen, and nothing is wider than it", async () => {
  for (const [width, height] of [
    [390, 844],
    [320, 640],
  ] as const) {
    await resize(width, height, true);
    await tab.evaluate("scrollTo(0, 0)");
    await settled();
    assert.equal(await outOfSight(height > 800 ? [...WITH_PICTURE, "#faces"] : [...TOOLS, "#frame"]), []);
    assert.is(await tab.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"), width);
  }
  await resize(1366, 650);
});

test("all methods: the tools stay in sight, and the downloaded sheet has a title and the colour bar", async () => {
  await click("#compare");
  await tab.until(`document.querySelectorAll(".tile:not(.waiting)").length === 10 && ${element("#progress")}.hidden`);
  for (const share of [0, 0.4]) {
    await tab.evaluate(`scrollTo(0, ${share} * document.documentElement.scrollHeight)`);
    await settled();
    assert.equal(await outOfSight(TOOLS), [], `at ${share}`);
  }
  await tab.download(folder, () => click("#download"));
  const { width, height, data } = readPng(at("face.methods.neutral.png"));
  const [margin, columns] = [24, 4];
  const step = (width - margin) / columns;
  assert.ok(height > 3 * (step - margin), `${width} × ${height}`);
  const colour = (x: number, y: number): readonly number[] => [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)];
  const left = width - margin - 230 + 50;
  for (const [x, expected] of [
    [left + 1, [0, 0, 128]],
    [left + 60, [127, 255, 127]],
    [left + 118, [128, 0, 0]],
  ] as const)
    assert.ok(
      colour(x, margin + 10).every((value, c) => Math.abs(value - expected[c]) < 24),
      `${colour(x, margin + 10)} at ${x}`,
    );
  // Title, then picture's and network's names: dark on white, left of the bar.
  for (const [top, bottom] of [
    [margin, margin + 24],
    [margin + 28, margin + 46],
  ] as const) {
    let dark = 0;
    for (let y = top; y < bottom; y++) for (let x = margin; x < margin + 200; x++) dark += colour(x, y)[0] < 160 ? 1 : 0;
    assert.ok(dark > 100, `${dark} dark pixels from ${top} to ${bottom}`);
  }
  assert.equal(tab.errors, []);
});

test.run();
