/** One device for the length of a command. */

import { type AdapterKind, type Device, openDevice } from "../../runtime/index.ts";

export async function withDevice<T>(adapter: AdapterKind | undefined, use: (device: Device) => Promise<T>): Promise<T> {
  const device = await openDevice(adapter ? { adapter } : {});
  try {
    return await use(device);
  } finally {
    device.close();
  }
}

/** "SwiftShader ... (software: the CPU does the work)" */
export const describeDevice = ({ description, software }: Device): string =>
  `${description}${software ? " (software: the CPU does the work)" : ""}`;
