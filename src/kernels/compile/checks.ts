/** What is wrong with a program before anything is allocated: its updates, its names, the limits of the device. */
import { GraphError, type Node } from "../../graph/node.ts";
import type { DeviceLimits } from "../../runtime/device.ts";
import { ProgramError } from "../common/errors.ts";
import { owedBy, type Update } from "../../graph/index.ts";
import { topological } from "../common/order.ts";
import type { Kernel } from "../lower/kernel.ts";
import { bytesOf } from "../memory/bytes.ts";

/** @throws ProgramError for an update of what is no variable, or a second one of the same; GraphError for another shape or dtype. */
export function checkUpdates(name: string, updates: readonly Update[]): void {
  const seen = new Set<string>();
  for (const [variable, next] of updates) {
    if (variable.op !== "variable") throw new ProgramError(`program "${name}": an update needs a variable, got ${variable.op}`);
    const { path } = variable.attrs;
    if (seen.has(path)) throw new ProgramError(`program "${name}": variable "${path}" is updated twice`);
    seen.add(path);
    if (variable.shape.join() !== next.shape.join() || variable.dtype !== next.dtype) {
      throw new GraphError(
        `update of "${path}" in program "${name}": expected ${variable.dtype} [${variable.shape.join(", ")}], got ${next.dtype} [${next.shape.join(", ")}]`,
      );
    }
  }
}

/**
 * A step that trains has to keep what its layers learn about the data and how often they drew random numbers; else both would stand still, and
 * nothing would look wrong. A program without updates keeps nothing and owes nothing.
 * @throws ProgramError for updates that leave out those of the pass (models/training.ts).
 */
export function checkOwed(name: string, outputs: readonly Node[], updates: readonly Update[]): void {
  if (updates.length === 0) return;
  const owed = owedBy(topological([...outputs, ...updates.map(([, next]) => next)]));
  for (const [variable] of updates) if (variable.op === "variable") owed.delete(variable.attrs.path);
  const [first] = owed.values();
  if (!first) return;
  const paths = [...owed.keys()].map((path) => `"${path}"`);
  const listed = paths.length > 4 ? `${paths.slice(0, 3).join(", ")} and ${paths.length - 3} more` : paths.join(", ");
  const where = first.name === "" ? "a layer" : `"${first.name}"`;
  throw new ProgramError(
    `program "${name}": ${where} is in a training pass, but the updates leave out ${listed}, which would never change; add ...training.updates`,
  );
}

/** Inputs and variables are known by name. @throws ProgramError where one name has two shapes or dtypes. */
export function checkOneNodePerName(name: string, order: readonly Node[]): void {
  const seen = new Map<string, Node>();
  for (const node of order) {
    if (node.op !== "input" && node.op !== "variable") continue;
    const key = node.op === "input" ? `input "${node.attrs.key}"` : `variable "${node.attrs.path}"`;
    const other = seen.get(key);
    if (other)
      throw new ProgramError(
        `program "${name}": ${key} is used as ${other.dtype} [${other.shape.join(", ")}] and as ${node.dtype} [${node.shape.join(", ")}]`,
      );
    seen.set(key, node);
  }
}

/** @throws ProgramError for a kernel with more workgroups or bindings than the device allows. */
export function checkLimits(name: string, kernels: readonly Kernel[], limits: DeviceLimits): void {
  const { maxStorageBuffersPerShaderStage: most, maxComputeWorkgroupsPerDimension: row } = limits;
  for (const { bindings, workgroups, label } of kernels) {
    if (workgroups > row * row)
      throw new ProgramError(`program "${name}": ${label} needs ${workgroups} workgroups, the adapter allows ${row} x ${row}`);
    if (bindings.length <= most) continue;
    const sizes = bindings.map(({ owner }) => `${owner.name || owner.op} ${bytesOf(owner)} B`).join(", ");
    throw new ProgramError(`program "${name}": ${label} needs ${bindings.length} storage bindings, the adapter allows ${most} (${sizes})`);
  }
}
