/** What both peers need: the installed package, the very adapter that intarsia takes, and their device caught when they ask for it. */
import { existsSync } from "node:fs";
import { UserError } from "../../src/data/errors.ts";
import { installNavigator } from "../../src/runtime/node.ts";
import type { AdapterKind } from "../../src/runtime/index.ts";
import { countBuffers, type Counter } from "../counter.ts";

/** Loads an ES module of bench/node_modules, whose types the main install does not have. */
export async function load<T>(name: string): Promise<T> {
  requirePeers();
  return (await import(name)) as T;
}

/** @throws UserError where `npm ci --prefix bench` has not been run */
export function requirePeers(): void {
  if (!existsSync(new URL("../node_modules/@jax-js/jax/package.json", import.meta.url)))
    throw new UserError(
      "the libraries to compare with are not installed: npm ci --prefix bench (or measure without: --libraries intarsia)",
    );
}

export interface Caught {
  readonly gpu: GPUDevice;
  idle(): Promise<unknown>;
  readonly counter: Counter;
  /** What the device complained about: a wrong submission runs nothing, which would be fast. */
  readonly problems: readonly string[];
}

/** Makes `navigator.gpu` give the adapter; runs `start`, in which the library asks for its device; returns that device, counted. */
export async function catchDevice(kind: AdapterKind, start: () => Promise<unknown>): Promise<Caught> {
  await installNavigator(kind);
  const { gpu } = navigator;
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  let caught: Caught | undefined;
  gpu.requestAdapter = async (options) => {
    const adapter = await requestAdapter(options);
    if (!adapter) return null;
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      const problems: string[] = [];
      device.addEventListener("uncapturederror", ({ error }) => problems.push(error.message.split("\n")[0]));
      caught = { gpu: device, idle: () => device.queue.onSubmittedWorkDone(), counter: countBuffers(device), problems };
      return device;
    };
    return adapter;
  };
  await start();
  if (!caught) throw new Error("the library asked for no WebGPU device");
  return caught;
}
