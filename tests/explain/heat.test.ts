/** From raw maps to heat and to pictures: ranges, reasons for emptiness, colours, geometry. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { emptyReason, heatOf, jet, overlay, stretched } from "../../src/explain/index.ts";

test("a layer's map goes from 0 to 1 by its own range", () => {
  const heat = heatOf("grad-cam", Float32Array.of(2, 4, 3, 2), [2, 2]);
  assert.equal([...heat.values], [0, 1, 0.5, 0]);
  assert.equal([heat.least, heat.largest, heat.width, heat.height], [2, 4, 2, 2]);
  assert.equal([...heatOf("cam", Float32Array.of(-1, 1), [1, 2]).values], [0, 1]);
});

test("maps of pixels: the largest magnitude, or the norm of what is positive", () => {
  const map = Float32Array.of(3, -2, 0, 4, -9, 0);
  const plain = heatOf("input-gradient", map, [1, 2]);
  assert.equal([...plain.values, plain.least, plain.largest], [1, 0, 4, 9]);
  const guided = heatOf("guided-backprop", map, [1, 2]);
  assert.equal([guided.least, guided.largest], [3, 4]);
});

test("heat is in [0, 1] and finite whatever the map is", () => {
  fc.assert(
    fc.property(fc.float32Array({ minLength: 12, maxLength: 12, noNaN: true, min: Math.fround(-1e30), max: Math.fround(1e30) }), (map) => {
      for (const method of ["cam", "input-gradient", "deconvnet"] as const) {
        const { values } = heatOf(method, map, method === "cam" ? [3, 4] : [2, 2]);
        assert.ok(values.every((value) => value >= 0 && value <= 1));
      }
    }),
    { seed: 5 },
  );
});

const asked = { method: "grad-cam", layer: "layer4", className: "tabby" } as const;
const zero = new Float32Array(4);

test("an empty map gets the reason", () => {
  const reason = (signed: Float32Array): string | null => emptyReason(asked, zero, signed);
  assert.match(reason(zero) ?? "", /nothing reaches layer4.*"tabby" does not depend/);
  assert.match(reason(Float32Array.of(-3, -1, -2, -1)) ?? "", /every place at layer4 speaks against "tabby" \(largest sum -1\.00\)/);
  assert.match(
    emptyReason({ ...asked, method: "guided-backprop", layer: null }, Float32Array.of(-1, 0, 0, 0), null) ?? "",
    /all values are negative/,
  );
  assert.match(emptyReason({ ...asked, method: "input-gradient", layer: null }, zero, null) ?? "", /gradient is 0/);
  assert.match(emptyReason({ ...asked, method: "activation" }, zero, null) ?? "", /the filter at layer4 is silent/);
  assert.match(emptyReason({ ...asked, method: "cam" }, Float32Array.of(2, 2, 2, 2), Float32Array.of(2)) ?? "", /2\.00 everywhere/);
  assert.match(emptyReason(asked, Float32Array.of(Number.NaN, 1, 2, 3), null) ?? "", /not finite/);
});

test("a map that shows something needs no reason", () => {
  assert.is(emptyReason(asked, Float32Array.of(0, 1, 0, 0), Float32Array.of(-1, 1)), null);
  assert.is(emptyReason({ ...asked, method: "input-gradient", layer: null }, Float32Array.of(-1, 0, 0, 0), null), null);
  assert.is(emptyReason({ ...asked, method: "cam" }, Float32Array.of(-2, -1, -1, -1), Float32Array.of(-2, -1)), null);
});

test("jet runs from dark blue over green to dark red", () => {
  assert.equal(jet(0), [0, 0, 128]);
  assert.equal(jet(0.25), [0, 128, 255]);
  assert.equal(jet(0.5), [128, 255, 128]);
  assert.equal(jet(1), [128, 0, 0]);
});

const grey = (width: number, height: number, value = 100) => {
  const data = new Uint8Array(4 * width * height).fill(value);
  for (let at = 3; at < data.length; at += 4) data[at] = 255;
  return { width, height, data };
};
const flat = (value: number) => ({ width: 2, height: 2, values: new Float32Array(4).fill(value), least: 0, largest: 1 });

test("colour lies only where the network looked; the rest is dimmed", () => {
  const view = { left: 4, top: 0, width: 4, height: 8 };
  const { data } = overlay(grey(8, 8), flat(1), { view, width: 8, height: 8, strength: [0.5, 0.5] });
  assert.equal([...data.subarray(0, 4)], [35, 35, 35, 255]);
  assert.equal([...data.subarray(4 * 4, 4 * 5)], [114, 50, 50, 255]);
});

test("without heat the picture stays as it is, at any size", () => {
  const view = { left: 0, top: 0, width: 9, height: 5 };
  for (const [width, height] of [
    [9, 5],
    [3, 2],
    [40, 31],
  ]) {
    const { data } = overlay(grey(9, 5), null, { view, width, height });
    assert.ok(data.every((value, at) => value === (at % 4 === 3 ? 255 : 100)));
  }
});

test("stretching draws the strongest as 1 and says what 1 stands for", () => {
  const heat = { ...flat(0.25), largest: 8 };
  const { values, largest } = stretched(heat);
  assert.equal([...values], [1, 1, 1, 1]);
  assert.is(largest, 2);
  assert.equal(stretched(flat(0)), flat(0));
});

test.run();
