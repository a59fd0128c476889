/** Pictures of explanations: text that fits, pictures of every shape, colour bars. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createCanvas, fill, shortened, lineHeight, paste, textWidth, wrapped, write } from "../../src/cli/drawing/canvas.ts";
import { FONTS } from "../../src/cli/drawing/font.gen.ts";
import { type DrawnMap, type DrawnPicture, drawMap, drawSheet, shrunk } from "../../src/cli/explain/picture.ts";
import { jet } from "../../src/explain/index.ts";

const WHITE = [255, 255, 255] as const;
const BLACK = [0, 0, 0] as const;

/** The box of everything that is not white: [left, top, right, bottom), or null. */
function inkOf({ width, height, data }: { width: number; height: number; data: Uint8ClampedArray }): number[] | null {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (data[4 * (y * width + x)] < 250)
        [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
  return right > 0 ? [left, top, right, bottom] : null;
}

test("text stays inside the width and the line that it is said to have", () => {
  for (const font of Object.keys(FONTS) as (keyof typeof FONTS)[])
    for (const text of ["Grad-CAM++ at layer4.2: 83.1 %", "jumpy, (quickly) {}|", "Übergrößenträger · × – …"]) {
      const [width, height] = [textWidth(font, text), lineHeight(font)];
      const canvas = createCanvas(width + 20, height + 20, WHITE);
      write(canvas, text, 10, 10, { font, colour: BLACK });
      const [left, top, right, bottom] = inkOf(canvas) ?? [];
      assert.ok(left >= 9 && top >= 10 && right <= width + 11 && bottom <= height + 10, `${font}: ${[left, top, right, bottom]}`);
      assert.ok(right - left > 0.9 * width - 6);
    }
});

test("letters look like themselves: coverage is that of the font, and unknown ones are question marks", () => {
  const drawn = (text: string): number => createAndSum(text);
  assert.ok(drawn("W") > 2 * drawn("."));
  assert.is(drawn(" "), 0);
  assert.is(drawn("漢"), drawn("?"));
});

function createAndSum(text: string): number {
  const canvas = createCanvas(40, 30, WHITE);
  write(canvas, text, 5, 5, { font: "regular", colour: BLACK });
  let ink = 0;
  for (let at = 0; at < canvas.data.length; at += 4) ink += 255 - canvas.data[at];
  return ink;
}

test("what is too long is cut with an ellipsis, or goes on in the next line", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 12 }), fc.integer({ min: 30, max: 300 }), (words, width) => {
      const text = words.join(" ");
      assert.ok(textWidth("small", shortened("small", text, width)) <= width);
      for (const line of wrapped("small", text, width)) assert.ok(textWidth("small", line) <= width);
    }),
    { seed: 2 },
  );
  assert.is(shortened("bold", "short", 200), "short");
  assert.equal(wrapped("small", "one two", 1000), ["one two"]);
});

test("what lies over the edge is cut off", () => {
  const canvas = createCanvas(8, 8, WHITE);
  fill(canvas, { left: -3, top: 6, width: 5, height: 9 }, BLACK);
  paste(canvas, createCanvas(9, 9, [10, 10, 10]), 6, -0);
  write(canvas, "WWW", -4, -4, { font: "bold", colour: BLACK });
  assert.is(canvas.data.length, 256);
  assert.equal([...canvas.data.subarray(4 * 56, 4 * 56 + 4)], [0, 0, 0, 255]);
});

const noise = (width: number, height: number) => {
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (i * 2654435761) >>> 24));
  return { width, height, data };
};

const map = (more: Partial<DrawnMap> = {}): DrawnMap => ({
  ...{ method: "grad-cam", title: "Grad-CAM: tabby 83.1 %", caption: "Grad-CAM at layer4: deletion 0.1", brief: ["del 0.1"], note: null },
  heat: { width: 7, height: 7, values: Float32Array.from({ length: 49 }, (_, i) => i / 48), least: 0, largest: 3.2 },
  ...more,
});

const whole = (width: number, height: number): DrawnPicture => {
  const part = { left: 0, top: 0, width, height };
  return { picture: noise(width, height), view: part, part };
};

test("pictures of any shape can be drawn", () => {
  for (const [width, height] of [
    [1, 1],
    [700, 1],
    [1, 700],
    [480, 480],
    [900, 300],
  ]) {
    const drawn = shrunk(noise(width, height), whole(width, height).view, whole(width, height).part);
    assert.ok(drawn.picture.width <= 480 && drawn.picture.height <= 480);
    for (const canvas of [
      drawMap(drawn, map(), "photo.jpg"),
      drawSheet(drawn, [map(), map({ note: "nothing to see" })], { title: "t", subtitle: "s" }),
    ]) {
      assert.ok(canvas.width >= 460 && canvas.height >= 60, `${canvas.width} x ${canvas.height}`);
      assert.ok(canvas.data.every((_, i) => i % 4 !== 3 || canvas.data[i] === 255));
    }
  }
});

test("shrinking keeps the view in its place", () => {
  const { picture, view, part } = shrunk(
    noise(960, 960),
    { left: 240, top: 480, width: 480, height: 240 },
    { left: 0, top: 0, width: 960, height: 960 },
  );
  assert.equal([picture.width, picture.height], [480, 480]);
  assert.equal(view, { left: 120, top: 240, width: 240, height: 120 });
  assert.equal(part, { left: 0, top: 0, width: 480, height: 480 });
});

test("the colour bar runs from the largest value to the least; an empty map has a sentence instead", () => {
  const canvas = drawMap(whole(480, 480), map(), "photo.jpg");
  const bar = canvas.width - 20 - 58 - 14 + 3;
  const column = Array.from({ length: canvas.height }, (_, y) => [
    ...canvas.data.subarray(4 * (y * canvas.width + bar), 4 * (y * canvas.width + bar) + 3),
  ]);
  const first = column.findIndex((colour) => colour.join() === jet(1).join());
  assert.ok(first > 0);
  assert.equal(column[first + 479], [...jet(0)]);
  const empty = drawMap(whole(480, 480), map({ note: "every place speaks against it" }), "photo.jpg");
  assert.ok(!Array.from({ length: empty.height }, (_, y) => empty.data[4 * (y * empty.width + bar)]).includes(128));
});

test.run();
