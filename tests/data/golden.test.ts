/** Files made without intarsia (scripts/golden/data.py: NumPy, PyTorch, safetensors, PIL) hold what they should. */

import * as fs from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodePng } from "../../src/data/node/png.ts";
import { decodeNpy, encodeNpy } from "../../src/data/tensors/npy.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/data/tensors/safetensors.ts";
import { asFloat32, tensorBytes, type FileTensor } from "../../src/data/tensors/tensor.ts";
import { fromBase64, hex, refused } from "./helpers.ts";

interface Golden {
  npy: { name: string; file: string; shape: number[]; f32: string }[];
  safetensors: {
    name: string;
    file: string;
    metadata: Record<string, string>;
    tensors: Record<string, { dtype: string; shape: number[]; f32: string }>;
  }[];
  png: { width: number; height: number; files: { name: string; file: string; rgba: string }[] };
}

const golden: Golden = JSON.parse(fs.readFileSync(new URL("golden/files.json", import.meta.url), "utf8"));

/** Equal bit for bit, except that any NaN equals any other. */
function sameNumbers(tensor: FileTensor, f32: string): void {
  const expected = new Float32Array(fromBase64(f32).slice().buffer);
  assert.equal(Array.from(asFloat32(tensor), String), Array.from(expected, String));
  assert.equal(
    Array.from(asFloat32(tensor), (x) => Object.is(x, -0)),
    Array.from(expected, (x) => Object.is(x, -0)),
  );
}

for (const { name, file, shape, f32 } of golden.npy) {
  test(`.npy from NumPy: ${name}`, () => {
    const bytes = fromBase64(file);
    const tensor = decodeNpy(bytes, name);
    assert.equal(tensor.shape, shape);
    sameNumbers(tensor, f32);
    if (!name.startsWith("fortran")) assert.is(hex(encodeNpy(tensor)), hex(bytes), "what we write is what NumPy writes");
  });
}

interface NpyCase {
  readonly name: string;
  readonly file: string;
  readonly shape?: readonly number[];
  readonly values?: readonly string[];
  readonly refused?: boolean;
}
const cases: NpyCase[] = JSON.parse(fs.readFileSync(new URL("golden/npy.json", import.meta.url), "utf8"));

test(".npy: every type, byte order and order of axes, and headers in every spelling that NumPy reads (scripts/golden/npy.py)", () => {
  assert.ok(cases.filter(({ refused }) => refused).length > 20 && cases.length > 250);
  for (const { name, file, shape, values } of cases) {
    if (!values) {
      refused(() => decodeNpy(fromBase64(file), name), /: /);
      continue;
    }
    const tensor = decodeNpy(fromBase64(file), name);
    assert.equal(tensor.shape, shape, name);
    const exact = tensor.data instanceof BigInt64Array || tensor.data instanceof BigUint64Array ? tensor.data : asFloat32(tensor);
    assert.equal(Array.from(exact, Number), values.map(Number), name);
  }
});

for (const { name, file, metadata, tensors } of golden.safetensors) {
  test(`safetensors with PyTorch's tensors, ${name}`, () => {
    const decoded = decodeSafetensors(fromBase64(file), name);
    assert.equal({ ...decoded.metadata }, metadata);
    assert.equal(Object.keys(decoded.tensors).sort(), Object.keys(tensors).sort());
    const again = decodeSafetensors(encodeSafetensors(decoded.tensors, decoded.metadata), "written again").tensors;
    for (const [key, expected] of Object.entries(tensors)) {
      assert.is(decoded.tensors[key].dtype, expected.dtype);
      assert.equal(decoded.tensors[key].shape, expected.shape);
      sameNumbers(decoded.tensors[key], expected.f32);
      assert.is(hex(tensorBytes(again[key].data)), hex(tensorBytes(decoded.tensors[key].data)));
    }
  });
}

for (const { name, file, rgba } of golden.png.files) {
  test(`PNG: ${name}`, () => {
    const picture = decodePng(fromBase64(file), name);
    assert.equal([picture.width, picture.height], [golden.png.width, golden.png.height]);
    assert.is(hex(picture.data as Uint8Array), hex(fromBase64(rgba)));
  });
}

test.run();
