/** Pages: whole, escaped, with nothing from outside; tables; colours that can be told apart; lines out of several runs. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encodePng } from "../../src/data/node/png.ts";
import { colourOf, luminance } from "../../src/report/draw/colours.ts";
import { COLOURS, DIVERGING, type Ink, SEQUENTIAL } from "../../src/report/draw/palette.ts";
import { measureText, wrapText } from "../../src/report/draw/text.ts";
import { base64, escapeHtml, unescapeHtml } from "../../src/report/html.ts";
import { type Figure, figureHtml, figureSvg, numberText, overSeeds, page, pngImage, type TableFigure } from "../../src/report/index.ts";
import { marksOf } from "./geometry.ts";

const EVIL = `</script><b>"&' \u0000 </style>`;
const source = pngImage(encodePng({ width: 3, height: 2, data: new Uint8Array(24).fill(200) }));
const curves: Figure = { kind: "curves", title: EVIL, caption: EVIL, x: { label: EVIL }, curves: [{ name: EVIL, points: [[1, 2]] }] };
const pictures: Figure = {
  kind: "images",
  title: "p",
  images: [{ ...source, caption: EVIL, boxes: [{ left: 0, top: 0, width: 1, height: 1 }] }],
};
const table: TableFigure = { kind: "table", title: "t", columns: [{ name: EVIL }], rows: [[EVIL], [{ value: 1, note: EVIL }]] };

test("a page stands alone, and what it quotes stays text", () => {
  const html = page({ title: EVIL, lead: EVIL, footer: EVIL, sections: [{ title: EVIL, content: [EVIL, curves, pictures, table] }] });
  assert.match(html, /^<!doctype html>/);
  assert.not.match(html.replaceAll(/href="data:image\/png;base64,[^"]*"/g, ""), /https?:|\/\/|<link|@import|url\(|src=|href=/);
  assert.not.match(html, /<b>"/);
  assert.ok(!html.includes("\u0000"));
  assert.is([...html.matchAll(/<script>/g)].length, 1);
  assert.is([...html.matchAll(/<\/script>/g)].length, 1);
  assert.is([...html.matchAll(/<\/style>/g)].length, 1);
  assert.not.match(html, /NaN|undefined|http-equiv/);
  assert.match(html, /prefers-color-scheme: dark/);
  assert.match(html, /@media print/);
  assert.match(page({ title: "t", sections: [], refresh: 10 }), /<meta http-equiv="refresh" content="10">/);
});

test("figures that follow one another share rows; words between them part them; a wide one has a row of its own", () => {
  const one: Figure = { kind: "curves", title: "one", curves: [] };
  const html = page({ title: "t", sections: [{ content: [one, one, "words", { ...one, wide: true }, { kind: "html", html: "<hr>" }] }] });
  assert.is([...html.matchAll(/<div class="figures">/g)].length, 2);
  assert.is([...html.matchAll(/<figure class="card figure curves wide">/g)].length, 1);
  assert.match(html, /<p class="soft">words<\/p>[\s\S]*<hr>/);
});

test("a figure says in words what it shows, and has its numbers in a table", () => {
  const html = figureHtml({
    kind: "curves",
    title: "Loss",
    x: { label: "epoch" },
    curves: [
      {
        name: "training",
        points: [
          [1, 0.7, 0.6, 0.8],
          [2, 0.25],
        ],
      },
      { name: "validation", points: [[2, Number.NaN]] },
    ],
  });
  assert.match(html, /role="img" aria-label="Loss\. Over epoch: training goes from 0\.7 at 1 to 0\.25 at 2; validation: no values\."/);
  assert.match(html, /<details><summary>Numbers<\/summary>/);
  assert.match(html, /0\.7 <span class="note">0\.6 to 0\.8<\/span>/);
  assert.match(html, /not finite/);
  const confusion = figureHtml({
    kind: "confusion",
    title: "c",
    classes: ["cat", "dog"],
    counts: [
      [3, 1],
      [0, 4],
    ],
  });
  assert.match(confusion, /7 of 8 are right\. cat: 3 of 4; dog: 4 of 4\./);
  assert.match(confusion, /75\.0 %/);
});

test("cells: formats, notes, the best one, shades between the least and the largest of their columns", () => {
  const html = figureHtml({
    kind: "table",
    title: "t",
    columns: [
      { name: "method" },
      { name: "a", group: "g", format: ".1f", shade: "heat", shadeWith: "x" },
      { name: "b", group: "g", shade: "heat", shadeWith: "x" },
      { name: "s", shade: "bars" },
    ],
    rows: [
      ["one", { value: 2, note: "± 0.3", hint: "seed 1: 2", strong: true }, 10, 4],
      ["two", null, 6, -4],
    ],
  });
  assert.match(html, /<b>2\.0<\/b> <span class="note">± 0\.3<\/span>/);
  assert.match(html, /colspan="2" class="group">g</);
  const fill = (share: number): string => colourOf(share, SEQUENTIAL).fill;
  for (const share of [0, 0.5, 1]) assert.ok(html.includes(`background:${fill(share)}`), `${share}`);
  assert.match(html, /left:50%;width:50%/);
  assert.match(html, /left:0%;width:50%/);
  assert.match(html, /<td class="right heat" title="seed 1: 2"/);
  assert.is([...html.matchAll(/<th scope="row"/g)].length, 2);
});

const contrast = (a: string, b: string): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

test("every colour stands out from its paper, 3:1 for marks and 4.5:1 for words; letters can be read on every shade", () => {
  for (const theme of ["light", "dark"] as const) {
    const paper = COLOURS.paper[theme];
    for (const [ink, colours] of Object.entries(COLOURS) as [Ink, (typeof COLOURS)[Ink]][]) {
      if (ink === "paper" || ink === "rule") continue;
      const least = ink === "ink" || ink === "soft" ? 4.5 : 3;
      assert.ok(contrast(colours[theme], paper) >= least, `${ink}, ${theme}: ${contrast(colours[theme], paper)}`);
    }
  }
  for (const colours of [SEQUENTIAL, DIVERGING])
    for (let i = 0; i <= 20; i++) {
      const { fill, ink } = colourOf(i / 20, colours);
      assert.ok(contrast(fill, ink) >= 3.9, `${fill} ${ink} ${contrast(fill, ink)}`);
    }
});

/** Machado, Oliveira and Fernandes 2009, full deuteranopia and protanopia, on linear RGB. */
const BLINDNESS = {
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
} as const;

function seen(colour: string, matrix: readonly number[]): number[] {
  const linear = [1, 3, 5].map((at) => (Number.parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  const through = [0, 1, 2].map((row) => linear.reduce((sum, value, k) => sum + matrix[3 * row + k] * value, 0));
  return through.map((value) => 255 * Math.max(0, Math.min(1, value)) ** (1 / 2.2));
}

test("the first three series differ for all kinds of red-green blindness; all but one have dashes besides", () => {
  for (const theme of ["light", "dark"] as const)
    for (const [name, matrix] of Object.entries(BLINDNESS)) {
      const colours = (["c0", "c1", "c2"] as const).map((ink) => seen(COLOURS[ink][theme], matrix));
      for (const [i, a] of colours.entries())
        for (const b of colours.slice(i + 1))
          assert.ok(Math.hypot(...a.map((value, k) => value - b[k])) > 45, `${theme} ${name} ${a} ${b}`);
    }
});

test("the dark file is the light one in other colours; without its title it is lower; outlines leave no letter to a font", () => {
  const figure: Figure = {
    kind: "curves",
    title: "Loss",
    curves: [
      {
        name: "a",
        points: [
          [0, 1],
          [1, 2],
        ],
      },
    ],
  };
  const [light, dark] = [figureSvg(figure), figureSvg(figure, { theme: "dark" })];
  assert.is(dark.replaceAll(/color="#\w+"/g, ""), light.replaceAll(/color="#\w+"/g, ""));
  assert.ok(light.includes(COLOURS.c0.light) && dark.includes(COLOURS.c0.dark) && !dark.includes(COLOURS.c0.light));
  assert.ok(marksOf(figureSvg(figure, { plain: true })).height < marksOf(light).height);
  assert.not.match(figureSvg(figure, { outlines: true }), /<text/);
  assert.match(figureSvg({ ...figure, title: "鳥" }, { outlines: true }), /<text [^>]*>鳥<\/text>/);
});

test("one line out of several runs: the mean, from the least to the largest; a lost value does not count", () => {
  assert.equal(
    overSeeds([
      [
        [1, 2],
        [2, 4],
      ],
      [
        [1, 4],
        [2, Number.NaN],
      ],
      [[3, 1]],
    ]),
    [
      [1, 3, 2, 4],
      [2, 4, 4, 4],
      [3, 1, 1, 1],
    ],
  );
});

test("numbers as people write them", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [-8, "−8"],
    [0.123456, "0.1235"],
    [12345.678, "12345.7"],
    [1e-7, "1e−7"],
    [1.5e9, "1500000000"],
    [1e30, "1e30"],
  ];
  for (const [value, text] of cases) assert.is(numberText(value), text);
  assert.is(numberText(0.25, ".1%"), "25.0%");
});

test("base64 as the platform writes it; text is escaped and comes back; lines are as wide as they may be", () => {
  for (let length = 0; length < 9; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 97 + 200) % 256);
    assert.is(base64(bytes), Buffer.from(bytes).toString("base64"));
  }
  assert.is(escapeHtml(`<a href="x">&`), "&lt;a href=&quot;x&quot;&gt;&amp;");
  assert.is(unescapeHtml(escapeHtml(`<&amp;">`)), `<&amp;">`);
  for (const line of wrapText("some words, one of which is incomprehensibilities", 12, 60)) assert.ok(measureText(line, 12) <= 60, line);
});

test.run();
