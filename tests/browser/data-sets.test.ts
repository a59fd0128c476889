/** Data sets of what a person chose in a page: the files' folders are the classes. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runInBrowser } from "./harness.ts";

const red = [...Array(24).fill(1), ...Array(48).fill(0)];
const blue = [...Array(48).fill(0), ...Array(24).fill(1)];

test("files, bitmaps and a table in Chromium", async () => {
  const found = (await runInBrowser("tests/browser/pages/data-sets.ts")) as Record<string, unknown>;
  assert.equal(found.classes, ["aster", "rose"]);
  assert.equal(found.where, ["flowers/aster/1.jpg", "flowers/rose/2.png", "flowers/rose/10.webp"]);
  assert.equal(found.shape, [3, 4, 6]);
  assert.equal(found.batches, [
    { x: [...blue, ...red], y: [0, 1], weight: [1, 1] },
    { x: [...red, ...blue], y: [1, 0], weight: [1, 0] },
  ]);
  assert.equal(found.drawn, [
    ["black", "white"],
    [1, 0],
    [1, 1, 1, 1],
  ]);
  assert.equal(found.table, [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
  assert.is(found.loose, null);
  const [broken, none, cut] = found.refused as string[];
  assert.match(broken, /^f\/a\/1\.png: an empty file, not a picture; f\/a\/2\.png: not a picture that can be read/);
  assert.is(none, "the chosen files: no JPEG, PNG or WebP files here");
  assert.match(cut, /^f\/a\/1\.png: damaged, or not a picture that this browser can read/);
});

test.run();
