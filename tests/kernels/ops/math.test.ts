/** shaders/lib against f64, on the adapter that is there: largest relative errors, extremes, and random words bit for bit. */
import { readFileSync } from "node:fs";
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { threefry2x32 } from "../../../src/graph/index.ts";
import { CASES } from "./math-cases.ts";
import { BufferUsage, type Device, MapMode } from "../../../src/runtime/device.ts";

const LIBRARY = ["math", "order", "random"].map((name) => readFileSync(`shaders/lib/${name}.wgsl`, "utf8")).join("\n");
const COUNT = 1 << 15;

type Floats = Float32Array<ArrayBuffer>;

/** Runs `y[i] = expression` over f32 pairs x, z; y comes back as bits. */
async function run(device: Device, expression: string, x: Floats, z: Floats): Promise<Floats> {
  const { gpu } = device;
  const code = `${LIBRARY}
@group(0) @binding(0) var<storage, read> xs: array<f32>;
@group(0) @binding(1) var<storage, read> zs: array<f32>;
@group(0) @binding(2) var<storage, read_write> ys: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= arrayLength(&ys)) { return; }
  let x = xs[i];
  let z = zs[i];
  ys[i] = ${expression};
}`;
  const pipeline = await gpu.createComputePipelineAsync({
    layout: "auto",
    compute: { module: gpu.createShaderModule({ code }), entryPoint: "main" },
  });
  const usage = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST;
  const buffers = [x, z, x].map(({ byteLength }) => gpu.createBuffer({ size: byteLength, usage }));
  gpu.queue.writeBuffer(buffers[0], 0, x);
  gpu.queue.writeBuffer(buffers[1], 0, z);
  const staging = gpu.createBuffer({ size: x.byteLength, usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(Math.ceil(x.length / 64));
  pass.end();
  encoder.copyBufferToBuffer(buffers[2], 0, staging, 0, x.byteLength);
  gpu.queue.submit([encoder.finish()]);
  await staging.mapAsync(MapMode.READ);
  const result = new Float32Array(staging.getMappedRange().slice(0));
  for (const buffer of [...buffers, staging]) buffer.destroy();
  return result;
}

const normal = (w0: number, w1: number): number =>
  Math.sqrt(-2 * Math.log(((w0 >>> 8) + 1) * 2 ** -24)) * Math.cos(2 * Math.PI * (w1 >>> 8) * 2 ** -24);
const word = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0];

/** Mulberry32, for sample points only. */
function points([low, high]: readonly [number, number], seed: number): Floats {
  let state = seed;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const byMagnitude = low * high > 0;
  const one = (): number => (byMagnitude ? low * (high / low) ** unit() : low + (high - low) * unit());
  return Float32Array.from({ length: COUNT }, one);
}

let device: Promise<Device> | null = null;
const opened = (): Promise<Device> => {
  device ??= openDevice();
  return device;
};
const worst: string[] = [];

for (const [name, { exact, tolerance, ranges, floor = 1.2e-38, extremes = [], second }] of Object.entries(CASES)) {
  test(`${name}_ is accurate`, async () => {
    const call = second ? `${name}_(x, z)` : `${name}_(x)`;
    let [largest, at] = [0, 0];
    for (const [i, range] of ranges.entries()) {
      const x = points(range, 7 + i);
      const z = second ? points(second[i], 77) : x;
      (await run(await opened(), call, x, z)).forEach((y, j) => {
        const expected = exact(x[j], z[j]);
        const error = Math.abs(y - expected) / Math.max(Math.abs(expected), floor);
        if (!(error <= largest)) [largest, at] = [error, x[j]];
      });
    }
    worst.push(`${name} ${largest.toExponential(1)}`);
    assert.ok(largest <= tolerance, `error ${largest} at ${at}`);
  });

  test(`${name}_ at the extremes`, async () => {
    const x = Float32Array.from(extremes, ([from]) => from);
    const z = Float32Array.from(extremes, ([, , by]) => by ?? 0);
    const y = await run(await opened(), second ? `${name}_(x, z)` : `${name}_(x)`, x, z);
    extremes.forEach(([from, to], i) =>
      assert.ok(
        Number.isNaN(to) ? Number.isNaN(y[i]) : Math.abs(y[i] - to) === 0 || y[i] === to,
        `${name}(${from}, ${z[i]}) = ${y[i]}, not ${to}`,
      ),
    );
  });
}

test("sines keep their digits next to the multiples of pi/2, of any size", async () => {
  const x = Float32Array.from({ length: 4096 }, (_, i) => ((i % 64) + 1) * 2 ** (Math.floor(i / 64) * 2 - 6) * (Math.PI / 2));
  for (const [call, exact] of [
    ["sin_(x)", Math.sin],
    ["cos_(x)", Math.cos],
  ] as const) {
    const errors = (await run(await opened(), call, x, x)).map((y, i) => Math.abs(y / exact(x[i]) - 1));
    const worstOf = errors.indexOf(Math.max(...errors));
    assert.ok(errors[worstOf] < 1e-6, `${call} is off by ${errors[worstOf]} of itself at ${x[worstOf]}`);
  }
});

test("finiteness is seen on exponent bits", async () => {
  const x = Float32Array.of(0, 1, -3e38, 1e-45, 1 / 0, -1 / 0, 0 / 0);
  assert.equal([...(await run(await opened(), "f32(is_finite_(x))", x, x))], [1, 1, 1, 1, 0, 0, 0]);
});

test("random words are those of threefry.ts, and the numbers made of them follow", async () => {
  const x = Float32Array.from({ length: 4096 }, (_, i) => i + 1);
  const key = "vec2u(0x13198a2eu, 7u)";
  const expected = Array.from(x, (value) => threefry2x32(0x13198a2e, 7, word(value), 5));
  for (const half of [0, 1]) {
    for (const shift of [0, 16]) {
      const y = await run(await opened(), `f32((threefry2x32(${key}, vec2u(bitcast<u32>(x), 5u))[${half}] >> ${shift}u) & 0xffffu)`, x, x);
      assert.equal(
        [...y],
        expected.map((pair) => (pair[half] >>> shift) & 0xffff),
      );
    }
  }
  const drawn = await run(await opened(), `normal_(threefry2x32(${key}, vec2u(bitcast<u32>(x), 5u)))`, x, x);
  const error = Math.max(...Array.from(drawn, (y, i) => Math.abs(y - normal(...expected[i]))));
  assert.ok(error < 4e-6, `normal off by ${error}`);
});

test("the device closes", async () => {
  console.log(`\n# largest errors on ${(await opened()).description}: ${worst.join(", ")}`);
  (await opened()).close();
});

test.run();
