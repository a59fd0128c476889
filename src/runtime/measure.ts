/** What an adapter can do at best: multiply-adds and bytes copied per second. The ceilings that profiles and benchmarks compare with. */

import { BufferUsage, type Device, withErrorScopes } from "./device.ts";

export interface Ceilings {
  /** 1e9 floating-point operations per second; a multiply-add counts as two. */
  readonly gflops: number;
  /** 1e9 bytes per second, read plus written, of a kernel that copies one large buffer to another. */
  readonly gbps: number;
}

const WORKGROUP = 64;
const STEPS = 64;
const COPIES = 4;

/** Independent chains of multiply-adds: which of the two an adapter runs faster depends on its registers. Both are tried. */
const SHAPES = [
  { type: "f32", width: 1, chains: 16 },
  { type: "vec4f", width: 4, chains: 2 },
] as const;

/** STEPS multiply-adds on each chain of an invocation; factors from a buffer, so that nothing folds, and |x| stays below 2. */
const multiplyAdd = ({ type, chains }: (typeof SHAPES)[number]) => /* wgsl */ `
@group(0) @binding(0) var<storage, read> source: array<${type}>;
@group(0) @binding(1) var<storage, read_write> target_: array<${type}>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = source[0]; let b = source[1];
  ${range(chains, (i) => `var x${i} = b * f32(id.x + ${i}u) * 1e-9;`)}
  for (var step = 0u; step < ${STEPS}u; step++) {
    ${range(chains, (i) => `x${i} = fma(x${i}, a, b);`)}
  }
  target_[id.x] = ${range(chains, (i) => `x${i}`, " + ")};
}`;

/** Each workgroup copies COPIES x WORKGROUP neighbouring vec4. */
const COPY = /* wgsl */ `
@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> target_: array<vec4f>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = group.x * ${WORKGROUP * COPIES}u + local;
  ${range(COPIES, (i) => `target_[at + ${i * WORKGROUP}u] = source[at + ${i * WORKGROUP}u];`)}
}`;

/** Measures both ceilings, in one to three seconds. Throws a DeviceError where the device fails. */
export async function measureCeilings(device: Device): Promise<Ceilings> {
  const most = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
  const unit = WORKGROUP * COPIES * 16;
  const wanted = device.software ? 64 * 2 ** 20 : 512 * 2 ** 20;
  const groups = Math.min(Math.floor(Math.min(wanted, most) / unit), device.limits.maxComputeWorkgroupsPerDimension);
  const bytes = groups * unit;
  const buffers = await withErrorScopes(device, "measuring the ceilings", () => [
    device.gpu.createBuffer({ label: "ceilings source", size: bytes, usage: BufferUsage.STORAGE | BufferUsage.COPY_DST }),
    device.gpu.createBuffer({ label: "ceilings target", size: bytes, usage: BufferUsage.STORAGE | BufferUsage.COPY_SRC }),
  ]);
  try {
    const [source, target] = buffers;
    device.gpu.queue.writeBuffer(source, 0, new Float32Array([0.5, 0.25, 0.75, 0.125, 0.5, 0.25, 0.125, 0.5]));
    const addGroups = device.software ? 256 : 16384;
    let gflops = 0;
    for (const shape of SHAPES) {
      const work = 2 * addGroups * WORKGROUP * shape.chains * STEPS * shape.width;
      gflops = Math.max(gflops, await rate(device, { code: multiplyAdd(shape), groups: addGroups, work, source, target }));
    }
    const gbps = await rate(device, { code: COPY, groups, work: 2 * bytes, source, target });
    return { gflops, gbps };
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}

interface Trial {
  readonly code: string;
  readonly groups: number;
  /** Done by one dispatch. */
  readonly work: number;
  readonly source: GPUBuffer;
  readonly target: GPUBuffer;
}

const TRIAL_MS = 60;
const TRIALS = 5;

/** 1e9 units of work per second: the median of a few submissions, each long enough that its start does not count. */
async function rate(device: Device, trial: Trial): Promise<number> {
  const dispatch = await prepare(device, trial);
  let repeats = 1;
  for (let ms = await dispatch(1); ; ms = await dispatch(repeats)) {
    if (ms > TRIAL_MS / 2 || repeats >= 4096) break;
    repeats = Math.min(repeats * 2 ** Math.ceil(Math.log2(TRIAL_MS / Math.max(ms, 1))), 4096);
  }
  const times: number[] = [];
  for (let i = 0; i < TRIALS; i++) times.push(await dispatch(repeats));
  times.sort((x, y) => x - y);
  return (trial.work * repeats) / times[TRIALS >> 1] / 1e6;
}

/** A function that dispatches so many times in one submission and gives the milliseconds until it is done. The kernel is warm. */
async function prepare(device: Device, { code, groups, source, target }: Trial): Promise<(repeats: number) => Promise<number>> {
  const { gpu } = device;
  const label = "measuring the ceilings";
  const pipeline = await withErrorScopes(device, label, () =>
    gpu.createComputePipelineAsync({
      label,
      layout: "auto",
      compute: { module: gpu.createShaderModule({ label, code }), entryPoint: "main" },
    }),
  );
  const entries = [source, target].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const submit = async (repeats: number) => {
    const encoder = gpu.createCommandEncoder({ label });
    const pass = encoder.beginComputePass({ label });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(groups);
    pass.end();
    const begin = performance.now();
    gpu.queue.submit([encoder.finish()]);
    await device.idle();
    return performance.now() - begin;
  };
  await withErrorScopes(device, label, () => submit(1));
  return submit;
}

function range(length: number, line: (i: number) => string, joint = "\n  "): string {
  return Array.from({ length }, (_, i) => line(i)).join(joint);
}
