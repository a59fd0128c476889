/** The op suite on the browser's device. */
import { openDevice } from "#open-device";
import { runOpSuite, type SuiteOptions, type SuiteResult } from "../../kernels/ops/op-suite.ts";

export async function main(options: SuiteOptions): Promise<SuiteResult & { readonly description: string }> {
  const device = await openDevice();
  try {
    return { ...(await runOpSuite(device, options)), description: device.description };
  } finally {
    device.close();
  }
}
