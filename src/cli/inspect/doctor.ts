/** `intarsia doctor`: which adapter this machine offers, what it can do, and how to get a faster one. */

import { availableParallelism } from "node:os";
import { type AdapterKind, type Device, DeviceError, type DeviceInfo, type DeviceLimits } from "../../runtime/device.ts";
import { type Ceilings, measureCeilings } from "../../runtime/measure.ts";
import { parseDebug } from "../../runtime/debug.ts";
import { ADAPTER_KINDS, ADAPTER_VARIABLE, DEBUG_VARIABLE, openKind, type Seen, wantedKind } from "../../runtime/node.ts";

export interface DoctorOptions {
  /** Prints one JSON object instead of text. */
  readonly json?: boolean;
  readonly adapter?: AdapterKind;
}

/** One kind of adapter that was looked for: `found` describes it, or `reason` says why there is none. */
interface Attempt {
  readonly kind: AdapterKind;
  readonly found?: string;
  readonly reason?: string;
}

export interface Diagnosis {
  readonly node: string;
  readonly platform: string;
  readonly cpus: number;
  /** What the option or INTARSIA_ADAPTER forces, if anything. */
  readonly forced: AdapterKind | null;
  readonly tried: readonly Attempt[];
  readonly adapter: {
    readonly kind: string;
    readonly software: boolean;
    readonly description: string;
    readonly info: DeviceInfo;
    readonly features: readonly string[];
    readonly limits: DeviceLimits;
  };
  /** Measured: 1e9 floating-point operations, and 1e9 bytes, per second. */
  readonly ceilings: Ceilings;
  readonly advice: readonly string[];
}

/** Prints the diagnosis. Resolves to the exit code: 0, or 2 with one line on standard error where there is no adapter, or a wrong variable. */
export async function doctor(options: DoctorOptions = {}): Promise<number> {
  try {
    const diagnosis = await diagnose(options);
    console.log(options.json ? JSON.stringify(diagnosis, null, 2) : render(diagnosis));
    return 0;
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    console.error(`intarsia doctor: ${error.message}`);
    return 2;
  }
}

/** Looks for every kind of adapter and measures the first that opens, which is the one that `openDevice` takes. */
async function diagnose(options: DoctorOptions): Promise<Diagnosis> {
  const forced = wantedKind(options) ?? null;
  parseDebug(process.env[DEBUG_VARIABLE] ?? "", DEBUG_VARIABLE);
  const tried: Attempt[] = [];
  const seen: Seen = {};
  let best: Device | undefined;
  try {
    for (const kind of forced ? [forced] : ADAPTER_KINDS) {
      const device = await openKind(kind, {}, seen).catch((error: unknown) => {
        if (!(error instanceof DeviceError)) throw error;
        tried.push({ kind, reason: error.message });
      });
      if (!device) continue;
      tried.push({ kind, found: device.description });
      if (best) device.close();
      else best = device;
    }
    if (!best) throw new DeviceError("adapter", `no WebGPU adapter: ${tried.map(({ kind, reason }) => `${kind}: ${reason}`).join("; ")}`);
    const { kind, software, description, info, features, limits } = best;
    return {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cpus: availableParallelism(),
      forced,
      tried,
      adapter: { kind, software, description, info, features: [...features].sort(), limits },
      ceilings: await measureCeilings(best),
      advice: software ? advice(tried) : [],
    };
  } finally {
    best?.close();
  }
}

/** How to get a faster adapter than a software one. */
function advice(tried: readonly Attempt[]): string[] {
  if (process.platform !== "linux") return ["Install the newest driver of your GPU's maker."];
  const lines = [
    "A GPU: install its Vulkan driver (AMD, Intel: apt install mesa-vulkan-drivers; NVIDIA: its own driver brings it).",
    "In a container, hand the GPU in: docker run --device /dev/dri (AMD, Intel),",
    "  or docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=all (NVIDIA, with its container toolkit).",
  ];
  if (tried.some(({ kind, found }) => kind === "system" && found)) return lines;
  return [
    ...lines,
    "No GPU: Mesa's lavapipe, 23 or newer, is 3 to 5 times faster than the embedded adapter.",
    "  Debian 13, Ubuntu 24.04: apt install libvulkan1 mesa-vulkan-drivers",
    "  Debian 12, whose own Mesa 22 is too old: echo deb http://deb.debian.org/debian bookworm-backports main \\",
    "    > /etc/apt/sources.list.d/backports.list && apt update && apt install -t bookworm-backports libvulkan1 mesa-vulkan-drivers",
  ];
}

function render({ node, platform, cpus, forced, tried, adapter, ceilings, advice: lines }: Diagnosis): string {
  const { info } = adapter;
  const row = (name: string, value: string) => `${name.padEnd(12)}${value}`;
  const text = [
    row("Adapter", adapter.description),
    row("Kind", `${adapter.kind}${adapter.software ? ", software (the CPU does the work)" : ""}${forced ? ", forced" : ""}`),
    row("Vendor", [info.vendor, info.architecture].filter(Boolean).join(", ") || "unknown"),
    row("Driver", info.description || "unknown"),
    row("Speed", `${ceilings.gflops.toPrecision(3)} GFLOP/s multiply-add, ${ceilings.gbps.toPrecision(3)} GB/s copy (measured)`),
    row("Features", adapter.features.join(", ") || "none"),
    row("Node", `${node} on ${platform}, ${cpus} CPUs`),
    "",
    "Limits",
    ...Object.entries(adapter.limits).map(([name, value]) => `  ${name.padEnd(36)}${quantity(name, value)}`),
    "",
    "Looked for",
    ...tried.map(({ kind, found, reason }) => `  ${kind.padEnd(10)}${found ?? `none: ${reason}`}`),
    "",
    `${ADAPTER_VARIABLE}=${ADAPTER_KINDS.join("|")} forces a kind.`,
  ];
  if (lines.length > 0) text.push("", "How to get a faster adapter", ...lines.map((line) => `  ${line}`));
  return text.join("\n");
}

/** A limit for people: bytes as MiB where that is shorter. */
function quantity(name: string, value: number): string {
  const inMiB = value / 2 ** 20;
  return /Size$/.test(name) && inMiB >= 1 ? `${Number(inMiB.toFixed(1))} MiB` : String(value);
}
