/** Any data give a drawing that is well-formed and has every mark inside its area, in a page and alone, with text and with outlines. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { figureHtml } from "../../src/report/figure.ts";
import { figuresSvg, figureSvg } from "../../src/report/svg.ts";
import type { Figure, FigureAxis, FigureBar, FigureImage, PlotLine, TableCell } from "../../src/report/types.ts";
import { marksOf } from "./geometry.ts";

/** Half of a stroke, and rounding to two decimals. */
const TOLERANCE = 1.01;

function checkDrawing(svg: string): void {
  const { width, height, marks } = marksOf(svg);
  assert.ok(width > 0 && height > 0, svg.slice(0, 200));
  for (const { left, top, right, bottom, element } of marks) {
    const inside = left >= -TOLERANCE && top >= -TOLERANCE && right <= width + TOLERANCE && bottom <= height + TOLERANCE;
    assert.ok(inside, `${element} at ${[left, top, right, bottom].map((x) => x.toFixed(1))} is outside of ${width} x ${height}`);
  }
}

function checkFigure(figure: Figure): void {
  checkDrawing(figureSvg(figure));
  checkDrawing(figureSvg(figure, { outlines: true, theme: "dark" }));
  const html = figureHtml(figure);
  for (const [svg] of html.matchAll(/<svg [\s\S]*?<\/svg>/g)) checkDrawing(svg);
  for (const name of ["figure", "table", "tr", "td", "th", "div", "span", "details"])
    assert.is(html.split(`<${name}>`).length + html.split(`<${name} `).length - 1, html.split(`</${name}>`).length, name);
}

const name = fc.oneof(
  fc.constantFrom("loss", "a", "", "<b>&\"'</b>", "鳥居 and ✓", "a very long name that nobody can read at all, ever"),
  fc.string({ unit: "binary" }),
);
const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(0, 1e-30, 1e30, -1e30, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 1, 1 + Number.EPSILON),
);
const some = fc.oneof(
  { weight: 9, arbitrary: finite },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const axis: fc.Arbitrary<FigureAxis> = fc.record(
  {
    label: name,
    scale: fc.constantFrom("linear" as const, "log" as const),
    low: finite,
    high: finite,
    format: fc.constantFrom(".1%", ".3f", "~s"),
  },
  { requiredKeys: [] },
);
const described = { title: name, caption: maybe(name), wide: fc.boolean() };
const point = fc.oneof(fc.tuple(some, some), fc.tuple(some, some, some, some));
const plotLine: fc.Arbitrary<PlotLine> = fc.record({ name, points: fc.array(point, { maxLength: 50 }) });
const bar: fc.Arbitrary<FigureBar> = fc.record(
  { name, value: fc.option(some), low: some, high: some, series: fc.constantFrom("", "ours", "theirs"), mark: some, text: name },
  { requiredKeys: ["name", "value"] },
);
const cell: fc.Arbitrary<TableCell> = fc.oneof(
  name,
  some,
  fc.constant(null),
  fc.record({ value: fc.option(some), text: name, note: name, strong: fc.boolean() }, { requiredKeys: [] }),
);
const image: fc.Arbitrary<FigureImage> = fc.record(
  {
    source: fc.constant("data:image/png;base64,iVBORw0KGgo="),
    width: fc.integer({ min: 1, max: 900 }),
    height: fc.integer({ min: 1, max: 900 }),
    caption: name,
    verdict: fc.constantFrom("right" as const, "wrong" as const),
    overlays: fc.array(fc.record({ source: fc.constant("data:,"), opacity: fc.double({ min: 0, max: 1, noNaN: true }) }), { maxLength: 2 }),
  },
  { requiredKeys: ["source", "width", "height"] },
);
const matrix = <T>(value: fc.Arbitrary<T>, rows: number, columns: number): fc.Arbitrary<T[][]> =>
  fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows });
const size = fc.nat({ max: 12 });

const figures: Readonly<Record<Figure["kind"], fc.Arbitrary<Figure>>> = {
  curves: fc.record({
    ...described,
    ...{
      kind: fc.constant("curves"),
      x: axis,
      y: axis,
      curves: fc.array(plotLine, { maxLength: 14 }),
      levels: fc.array(fc.record({ name, y: some }), { maxLength: 3 }),
    },
  }),
  bars: fc.record({ ...described, kind: fc.constant("bars"), value: axis, bars: fc.array(bar, { maxLength: 9 }), markName: maybe(name) }),
  scatter: fc.record({
    ...described,
    ...{ kind: fc.constant("scatter"), x: axis, y: axis, diagonal: fc.boolean() },
    groups: fc.array(fc.record({ name, points: fc.array(fc.tuple(some, some), { maxLength: 40 }), names: maybe(fc.array(name)) }), {
      maxLength: 8,
    }),
  }),
  heat: fc.tuple(size, size).chain(([rows, columns]) =>
    fc.record({
      ...described,
      ...{
        kind: fc.constant("heat" as const),
        rows: fc.array(name, { minLength: rows, maxLength: rows }),
        columns: fc.array(name, { minLength: columns, maxLength: columns }),
      },
      ...{
        values: matrix(fc.option(some), rows, columns),
        rowLabel: maybe(name),
        columnLabel: maybe(name),
        low: maybe(finite),
        high: maybe(finite),
      },
      colours: fc.constantFrom("sequential" as const, "diverging" as const),
    }),
  ),
  confusion: size.chain((classes) =>
    fc.record({
      ...described,
      ...{
        kind: fc.constant("confusion" as const),
        classes: fc.array(name, { minLength: classes, maxLength: classes }),
        counts: matrix(fc.nat(), classes, classes),
      },
    }),
  ),
  images: fc.record({
    ...described,
    kind: fc.constant("images"),
    images: fc.array(image, { maxLength: 7 }),
    columns: maybe(fc.integer({ min: 1, max: 9 })),
  }),
  table: fc.record({
    ...described,
    kind: fc.constant("table"),
    columns: maybe(
      fc.array(
        fc.record(
          {
            name,
            group: name,
            align: fc.constantFrom("left" as const, "right" as const),
            shade: fc.constantFrom("heat" as const, "bars" as const),
            shadeWith: fc.constant("all"),
          },
          { requiredKeys: ["name"] },
        ),
        { maxLength: 6 },
      ),
    ),
    rows: fc.array(fc.array(cell, { maxLength: 6 }), { maxLength: 6 }),
  }),
};

for (const [kind, arbitrary] of Object.entries(figures))
  test(`${kind} of any data`, () => {
    fc.assert(fc.property(arbitrary, checkFigure), { numRuns: 25, includeErrorInReport: true });
  });

const line = (ys: readonly number[], name = "loss"): PlotLine => ({ name, points: ys.map((y, x) => [x, y]) });

test("thousands of points: the extremes stay, the file is small, and the table says how many rows it shows", () => {
  const ys = Array.from({ length: 20_000 }, (_, i) => (i === 7777 ? 40 : i === 12_345 ? -25 : Math.sin(i / 7)));
  const figure: Figure = { kind: "curves", title: "t", curves: [line(ys)] };
  checkFigure(figure);
  const svg = figureSvg(figure);
  assert.ok(svg.length < 60_000, `${svg.length}`);
  const boxes = (tag: string) => marksOf(svg).marks.filter(({ element }) => element.startsWith(tag));
  const [path] = boxes("<path");
  // Grid lines: from -30 to 40.
  const grid = boxes('<line class="rule"').filter(({ top, bottom }) => top === bottom);
  const frame = Math.max(...grid.map(({ top }) => top)) - Math.min(...grid.map(({ top }) => top));
  assert.ok(Math.abs((path.bottom - path.top) / frame - 65 / 70) < 0.01, `${path.bottom - path.top} of ${frame}`);
  assert.match(figureHtml(figure), /2\d\d of 20000 rows, evenly chosen/);
  const points = Array.from({ length: 5000 }, (_, i) => [Math.sin(i), Math.cos(i)] as const);
  checkFigure({ kind: "scatter", title: "t", groups: [{ name: "g", points }] });
});

test("any number of lines: thirty different pairs of colour and dash, each in the legend", () => {
  const svg = figureSvg({ kind: "curves", title: "t", curves: Array.from({ length: 30 }, (_, i) => line([i, i + 1], `line ${i}`)) });
  const signs = [...svg.matchAll(/<line class="(c\d)"[^>]*stroke-width="2"[^>]*?(stroke-dasharray="[^"]+")?\/>/g)].map(
    ([, ink, dash]) => `${ink} ${dash}`,
  );
  assert.is(signs.length, 30);
  assert.is(new Set(signs).size, 30);
  for (let i = 0; i < 30; i++) assert.ok(svg.includes(`>line ${i}</text>`));
});

test("a critic's loss of −8 is below 0, and three lines are three", () => {
  const svg = figureSvg({
    kind: "curves",
    title: "t",
    curves: [line([-8, -4, -1], "critic"), line([1, 2, 3], "generator"), line([0, 0, 0], "penalty")],
  });
  const tick = (text: string): number => Number(new RegExp(`y="([\\d.]+)"[^>]*>${text}</text>`).exec(svg)?.[1]);
  assert.ok(tick("−8") > tick("0") && tick("0") > tick("2"), svg);
  assert.is([...svg.matchAll(/<path [^>]*fill="none"/g)].length, 3);
});

test("a logarithmic axis gives equal steps to equal factors, and says what it cannot show", () => {
  const svg = figureSvg({ kind: "curves", title: "t", y: { scale: "log" }, curves: [line([1, 10, 100, 0, -3])] });
  const [a, b, c] = [...svg.matchAll(/<circle [^>]*cy="([\d.]+)"/g)].map(([, y]) => Number(y));
  assert.ok(Math.abs(a - b - (b - c)) < 0.05 && a - b > 20, `${a} ${b} ${c}`);
  assert.match(svg, /2 values at or below 0 cannot be on a logarithmic axis/);
});

test("bars reach from 0 to their value, intervals to their ends", () => {
  const svg = figureSvg({
    kind: "bars",
    title: "t",
    bars: [
      { name: "a", value: 2 },
      { name: "b", value: -1, low: -2, high: 0 },
      { name: "c", value: null },
    ],
  });
  const bars = [...svg.matchAll(/<rect class="c0" [^>]*x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map(([, x, width]) => [
    Number(x),
    Number(width),
  ]);
  assert.is(bars.length, 2);
  assert.ok(Math.abs(bars[0][1] - 2 * bars[1][1]) < 0.05);
  assert.ok(Math.abs(bars[1][0] + bars[1][1] - bars[0][0]) < 0.05, "one 0");
  const [, low, high] = /<path class="ink"[^>]* d="M([\d.]+) [\d.]+H([\d.]+)/.exec(svg) ?? [];
  assert.ok(Math.abs(Number(high) - Number(low) - bars[0][1]) < 0.05 && Math.abs(Number(high) - bars[0][0]) < 0.05);
  assert.match(svg, />none<\/text>/);
});

test("several figures in one file, with a title over all", () => {
  const one: Figure = { kind: "curves", title: "one", curves: [line([1, 2])] };
  const svg = figuresSvg([one, { ...one, title: "two" }, { ...one, title: "three" }], {
    columns: 2,
    title: "All of them",
    lead: "and a word",
  });
  checkDrawing(svg);
  for (const title of ["All of them", "one", "two", "three"]) assert.ok(svg.includes(`>${title}</text>`), title);
});

test.run();
