/** Opens the browser's device and lets it double a few numbers. */
import { openDevice } from "#open-device";
import { BufferUsage, DeviceError, MapMode, withErrorScopes } from "../../../src/runtime/device.ts";

const DOUBLE = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3u) { x[id.x] = 2.0 * x[id.x]; }`;

export async function main(values: readonly number[]) {
  const device = await openDevice({ limits: { maxComputeWorkgroupsPerDimension: 8 } });
  const { gpu, kind, software, description, limits } = device;
  const size = values.length * 4;
  const pipeline = await withErrorScopes(device, "double", () =>
    gpu.createComputePipelineAsync({ layout: "auto", compute: { module: gpu.createShaderModule({ code: DOUBLE }), entryPoint: "main" } }),
  );
  const x = gpu.createBuffer({ size, usage: BufferUsage.STORAGE | BufferUsage.COPY_DST | BufferUsage.COPY_SRC });
  const staging = gpu.createBuffer({ size, usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST });
  gpu.queue.writeBuffer(x, 0, new Float32Array(values));
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: x } }] }));
  pass.dispatchWorkgroups(values.length / 4);
  pass.end();
  encoder.copyBufferToBuffer(x, 0, staging, 0, size);
  gpu.queue.submit([encoder.finish()]);
  await staging.mapAsync(MapMode.READ);
  const doubled = [...new Float32Array(staging.getMappedRange())];
  const refused = await openDevice({ adapter: "embedded" }).catch((error: unknown) => (error instanceof DeviceError ? error.message : "?"));
  device.close();
  console.log("opened", description);
  return { kind, software, limits, doubled, refused, lost: await device.lost };
}
