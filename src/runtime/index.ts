/** The public face of the runtime: open a device, know its limits and its errors. */

export { openDevice } from "#open-device";
export type { Debug } from "./debug.ts";
export {
  type AdapterKind,
  assertAlive,
  BufferUsage,
  type Device,
  DeviceError,
  type DeviceErrorKind,
  type DeviceInfo,
  type DeviceKind,
  type DeviceLimits,
  type DeviceTraits,
  type ErrorLog,
  GUARANTEED_LIMITS,
  type Loss,
  MapMode,
  type OpenOptions,
  ShaderStage,
  withErrorScopes,
} from "./device.ts";
export { type Ceilings, measureCeilings } from "./measure.ts";
