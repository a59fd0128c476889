/** Weight files into models: reports, conversions, tensors in several buffers, and how much memory it takes. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { blobSource, encodeSafetensors, tensorSource, UserError, type FileTensor, type Tensors } from "../../../src/data/index.ts";
import { safetensorsFile, writeSafetensors } from "../../../src/data/node/index.ts";
import { input, type Node } from "../../../src/graph/index.ts";
import { compile, createStore, type Store } from "../../../src/kernels/index.ts";
import { BACKBONES, createParams, inference, nn, stateDict, type Params } from "../../../src/models/index.ts";
import { loadWeights, stateTensors } from "../../../src/networks/weights/index.ts";

const f32 = (shape: readonly number[], values: readonly number[]): FileTensor => ({ dtype: "F32", shape, data: Float32Array.from(values) });
const counting = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** [1, 2] -> [1, 3], then batch norm: six keys. */
function model(p: Params): Node {
  return nn.batchNorm(p.at("bn"), nn.linear(p.at("fc"), input("x", [1, 2]), { out: 3 }), { training: inference });
}

const fitting: Tensors = {
  "fc.weight": f32([3, 2], counting(6)),
  "fc.bias": f32([3], [7, 8, 9]),
  "bn.weight": f32([3], [1, 2, 3]),
  "bn.bias": f32([3], [4, 5, 6]),
  "bn.running_mean": f32([3], [0, 1, 0]),
  "bn.running_var": f32([3], [1, 4, 1]),
  "bn.num_batches_tracked": { dtype: "I64", shape: [], data: BigInt64Array.of(12n) },
};
const without = (...keys: readonly string[]): Tensors => Object.fromEntries(Object.entries(fitting).filter(([key]) => !keys.includes(key)));

async function refusal(run: Promise<unknown> | (() => unknown)): Promise<string> {
  const error = await (typeof run === "function" ? Promise.resolve().then(run) : run).then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instance(error, UserError, String(error));
  assert.not.match((error as UserError).message, /\n/);
  return (error as UserError).message;
}

/** A model under `tensors` in a store of its own. */
async function loaded(store: Store, tensors: Tensors, options = {}) {
  const p = createParams();
  const y = model(p);
  return { p, y, report: await loadWeights(p, tensorSource(tensors, "w"), store, options) };
}

const device = await openDevice();
const inStore = async <T>(use: (store: Store) => Promise<T>): Promise<T> => {
  const store = createStore(device);
  try {
    return await use(store);
  } finally {
    store.dispose();
  }
};

test("strict: loads what fits exactly, and what comes out is what went in", async () => {
  await inStore(async (store) => {
    const { p, y, report } = await loaded(store, fitting);
    assert.equal([report.copies.length, report.missing, report.unexpected, report.misshapen], [7, [], [], []]);
    const program = await compile(device, { name: "loaded", outputs: { y }, store });
    // fc gives [12, 19, 26]; then (y - mean) / sqrt(var + 1e-5) * weight + bias
    const found = Array.from((await program.call({ x: [1, 2] })).y);
    [16, 23, 84].forEach((want, i) => assert.ok(Math.abs(found[i] - want) < 1e-3, `${found}`));
    program.dispose();
    const saved = await stateTensors(p, store);
    assert.equal(saved, { ...fitting });
  });
});

test("strict: everything that does not fit is named, and nothing is loaded", async () => {
  await inStore(async (store) => {
    const wrong = { ...without("fc.bias"), "fc.weight": f32([2, 3], counting(6)), extra: f32([1], [1]) };
    const message = await refusal(loaded(store, wrong));
    assert.is(
      message,
      "w: these weights are not of this model: missing: fc.bias; unexpected: extra; fc.weight: expected [3, 2], found [2, 3]",
    );
    assert.equal(store.paths(), []);
    const other = Object.fromEntries(counting(30).map((i) => [`key${i}`, f32([1], [i])]));
    assert.match(
      await refusal(loaded(store, other)),
      /missing: fc.weight; .*; and 32 more; the file holds 30 tensors, such as key1 \[1\] and key30 \[1\]$/,
    );
    assert.match(await refusal(loaded(store, other, { strict: false })), /these weights are not of this model/);
  });
});

test("not strict: what fits is loaded, the rest begins as it would, and the report says which", async () => {
  await inStore(async (store) => {
    const some = { ...without("bn.weight"), "fc.weight": f32([5, 2], counting(10)), extra: f32([1], [1]) };
    const { p, report } = await loaded(store, some, { strict: false });
    assert.equal(report.missing, ["bn.weight"]);
    assert.equal(report.unexpected, ["extra"]);
    assert.equal(report.misshapen, [{ key: "fc.weight", expected: [3, 2], found: [5, 2] }]);
    const saved = await stateTensors(p, store);
    assert.equal([...saved["fc.bias"].data], [7, 8, 9]);
    assert.equal([...saved["bn.weight"].data], [1, 1, 1]);
    assert.ok(
      saved["fc.weight"].data.some((value) => value !== 0),
      "drawn from its initialiser",
    );
  });
});

test("old files without num_batches_tracked, and renamed keys", async () => {
  await inStore(async (store) => assert.is((await loaded(store, without("bn.num_batches_tracked"))).report.copies.length, 6));
  const prefixed = Object.fromEntries(Object.entries(fitting).map(([key, tensor]) => [`module.${key}`, tensor]));
  const rename = (key: string): string | null => (key === "module.junk" ? null : key.replace(/^module\./, ""));
  await inStore(async (store) => {
    await loaded(store, { ...prefixed, "module.junk": f32([1], [0]) }, { rename });
    assert.match(await refusal(loaded(store, prefixed, { rename: () => "fc.bias" })), /are both meant for "fc.bias"/);
  });
});

test("a prefix before all keys is taken off and reported, only where all keys fit then", async () => {
  const under = (prefix: string, tensors: Tensors): Tensors =>
    Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [prefix + key, tensor]));
  for (const prefix of ["module.", "model._orig_mod.", "state_dict."])
    await inStore(async (store) => {
      const { p, report } = await loaded(store, under(prefix, fitting));
      assert.equal([report.prefix, report.copies.length, report.copies[0].source], [prefix, 7, `${prefix}fc.weight`]);
      assert.equal(await stateTensors(p, store), { ...fitting });
    });
  await inStore(async (store) => {
    assert.is((await loaded(store, fitting)).report.prefix, "");
    const mixed = { ...under("module.", without("fc.bias")), "fc.bias": f32([3], [7, 8, 9]) };
    assert.is(
      await refusal(loaded(store, mixed)),
      'w: these weights are not of this model (keys below "module."): missing: fc.bias; unexpected: fc.bias',
    );
    const { report } = await loaded(store, { ...under("module.", fitting), epoch: f32([], [3]) }, { strict: false });
    assert.equal([report.prefix, report.copies.length, report.unexpected], ["module.", 7, ["epoch"]]);
  });
});

test("every element type becomes what the device holds", async () => {
  const kinds: Readonly<Record<string, FileTensor["data"]>> = {
    F64: Float64Array.of(1, -2, 0.5),
    F16: Uint16Array.of(0x3c00, 0xc000, 0x3800),
    BF16: Uint16Array.of(0x3f80, 0xc000, 0x3f00),
    I64: BigInt64Array.of(1n, -2n, 0n),
    I8: Int8Array.of(1, -2, 0),
    U8: Uint8Array.of(1, 254, 0),
    BOOL: Uint8Array.of(1, 0, 1),
  };
  for (const [dtype, data] of Object.entries(kinds)) {
    await inStore(async (store) => {
      await loaded(store, { ...fitting, "fc.bias": { dtype, shape: [3], data } as FileTensor });
      const want = { I64: [1, -2, 0], I8: [1, -2, 0], U8: [1, 254, 0], BOOL: [1, 0, 1] }[dtype] ?? [1, -2, 0.5];
      assert.equal(Array.from(await store.read("fc.bias")), want, dtype);
    });
  }
  const huge: FileTensor = { dtype: "I64", shape: [], data: BigInt64Array.of(2n ** 40n) };
  await inStore(async (store) =>
    assert.match(
      await refusal(loaded(store, { ...fitting, "bn.num_batches_tracked": huge })),
      /num_batches_tracked: element 0 is 1099511627776/,
    ),
  );
});

test("a tensor in several buffers, from a file and from a blob; programs on it see the whole", async () => {
  const small = await openDevice({ limits: { maxStorageBufferBindingSize: 2048 } });
  const [inputs, outputs] = [100, 30];
  const tensors: Tensors = {
    weight: f32(
      [outputs, inputs],
      counting(outputs * inputs).map((i) => (i % 7) - 3),
    ),
    bias: f32([outputs], counting(outputs)),
  };
  const ones = new Array<number>(inputs).fill(1);
  const weight = Array.from(tensors.weight.data, Number);
  const expected = counting(outputs).map((bias, row) => weight.slice(row * inputs, (row + 1) * inputs).reduce((a, x) => a + x, bias));
  const directory = fs.mkdtempSync(path.join(fs.realpathSync(process.env.TMPDIR ?? "/tmp"), "intarsia-weights-"));
  try {
    const file = path.join(directory, "w.safetensors");
    writeSafetensors(file, tensors);
    const opened = safetensorsFile(file);
    for (const source of [opened, await blobSource(new Blob([fs.readFileSync(file)]), "blob")]) {
      const store = createStore(small);
      const p = createParams();
      const y = nn.linear(p, input("x", [1, inputs]), { out: outputs });
      const seen: number[] = [];
      await loadWeights(p, source, store, { progress: (done, total) => seen.push(done / total) });
      assert.is(seen.at(-1), 1);
      const program = await compile(small, { name: "pieces", outputs: { y }, store });
      assert.equal(Array.from((await program.call({ x: ones })).y), expected);
      store.writePart("weight", 1000, [50, 60]);
      const now = await store.read("weight");
      assert.equal([...now.slice(998, 1003)], [...weight.slice(998, 1000), 50, 60, weight[1002]]);
      assert.throws(() => store.writePart("weight", 2999, [1, 2]), /holds 3000 values; 2 from 2999 on do not fit/);
      program.dispose();
      store.dispose();
    }
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
  small.close();
});

test("a file that shrinks while it is read, and files that are not there or not files", async () => {
  const directory = fs.mkdtempSync(path.join(fs.realpathSync(process.env.TMPDIR ?? "/tmp"), "intarsia-weights-"));
  try {
    const file = path.join(directory, "w.safetensors");
    fs.writeFileSync(file, encodeSafetensors(fitting));
    const source = safetensorsFile(file);
    fs.truncateSync(file, fs.statSync(file).size - 4);
    const p = createParams();
    model(p);
    await inStore(async (store) =>
      assert.match(await refusal(loadWeights(p, source, store)), /w.safetensors: was changed while it was read/),
    );
    assert.match(await refusal(() => safetensorsFile(file)), /cut short/);
    assert.match(await refusal(() => safetensorsFile(directory)), /not a regular file|is a directory/);
    assert.match(await refusal(() => safetensorsFile(path.join(directory, "none"))), /cannot read .*none: no such file/);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});

test("the program of docs/weights.md runs", async () => {
  const text = /```ts\n([\s\S]*?)```/.exec(fs.readFileSync("docs/weights.md", "utf8"))?.[1] ?? "";
  assert.match(text, /loadWeights/);
  // The smallest of the family on small pictures: nothing else of the program changes.
  const small = text.replaceAll("224", "32").replaceAll("resnet50", "resnet18");
  const p = createParams();
  BACKBONES.resnet18.build(p, input("x", [1, 3, 32, 32]));
  const zeros = stateDict(p).map(({ key, shape, dtype }): [string, FileTensor] => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return [key, { dtype, shape, data: dtype === "I64" ? new BigInt64Array(count) : new Float32Array(count) }];
  });
  const directory = fs.mkdtempSync(path.resolve("tests", "weights-"));
  try {
    writeSafetensors(path.join(directory, "resnet18.safetensors"), Object.fromEntries(zeros));
    const end = "\nconsole.log(report.copies.length, logits.shape.join());\nprogram.dispose();\ndevice.close();\n";
    fs.writeFileSync(path.join(directory, "program.ts"), small + end);
    const args = ["--conditions=intarsia-source", "--import", "tsx", "program.ts"];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: "utf8" });
    assert.is(stdout.trim(), "122 1,1000", stderr);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});

/** Loads 512 MB into a store that keeps nothing, and measures by how much the process grew at most. */
test("half a gigabyte goes through a small window", async () => {
  const [out, inputs] = [4096, 32_768];
  const bytes = 4 * out * inputs;
  const header = JSON.stringify({ weight: { dtype: "F32", shape: [out, inputs], data_offsets: [0, bytes] } }).padEnd(96);
  const directory = fs.mkdtempSync(path.join(fs.realpathSync(process.env.TMPDIR ?? "/tmp"), "intarsia-weights-"));
  try {
    const file = path.join(directory, "large.safetensors");
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    fs.writeFileSync(file, Buffer.concat([length, Buffer.from(header)]));
    fs.truncateSync(file, 8 + header.length + bytes); // a hole: takes no room on the disk
    const p = createParams();
    nn.linear(p, input("x", [1, inputs]), { out, bias: false });
    let [written, most] = [0, 0];
    const before = process.memoryUsage().rss;
    const window: Pick<Store, "ensure" | "writePart" | "written"> = {
      ensure: () => [],
      writePart: (_path, _first, data) => {
        written += data.length;
        most = Math.max(most, process.memoryUsage().rss - before);
      },
      written: async () => {},
    };
    const source = safetensorsFile(file);
    await loadWeights(p, source, window as Store);
    assert.is(written, out * inputs);
    assert.ok(most < 256e6, `${(most / 1e6).toFixed(0)} MB for a file of ${(bytes / 1e6).toFixed(0)} MB`);
    console.log(`# a file of ${(bytes / 1e6).toFixed(0)} MB took ${(most / 1e6).toFixed(0)} MB`);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});

test("the device closes", () => device.close());

test.run();
